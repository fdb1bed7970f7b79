# SPDX-License-Identifier: Apache-2.0
"""The alert rules of config/, as Prometheus understands them: each one fires when it should, and no
one when all is well."""

import json
from pathlib import Path

import pytest
import yaml

from process import ROOT, run

PROMTOOL = Path(__file__).with_name("promtool")
RULES = yaml.safe_load((ROOT / "config/components/monitoring/rules.yaml").read_text())["spec"]
# One replica that acts and one that stands by; a sample a minute.
WELL = {
    'gitopsd_resident_bytes{pod="a"}': "2e7x300",
    'gitopsd_resident_bytes{pod="b"}': "2e7x300",
    'gitopsd_leader{pod="a"}': "1x300",
    'gitopsd_leader{pod="b"}': "0x300",
    'gitopsd_applications{pod="a",sync="Synced",health="Healthy"}': "100x300",
    'gitopsd_applications{pod="b",sync="Synced",health="Healthy"}': "100x300",
    'gitopsd_applications{pod="a",sync="OutOfSync",health="Healthy"}': "0x300",
    'gitopsd_syncs_total{pod="a",phase="Succeeded"}': "0+2x300",
    'gitopsd_syncs_total{pod="a",phase="Failed"}': "3x300",
    'gitopsd_git_polls_total{pod="a"}': "0+20x300",
    'gitopsd_git_failures_total{pod="a"}': "0+1x300",
    'gitopsd_renders_failed_total{pod="a"}': "5x300",
    'gitopsd_repairs_total{pod="a"}': "0+1x300",
    'gitopsd_settings_problems{pod="a"}': "0x300",
    'gitopsd_cache_repairs_total{pod="a"}': "0x300",
    'gitopsd_stage_stuck{pod="a",stage="render"}': "0x300",
}
# What is otherwise when an alert has to fire; None: the series is not there.
ILL = {
    "GitopsdAbsent": {'gitopsd_resident_bytes{pod="a"}': None,
                      'gitopsd_resident_bytes{pod="b"}': None},
    "GitopsdNobodyActs": {'gitopsd_leader{pod="a"}': "0x300"},
    "GitopsdStageStuck": {'gitopsd_stage_stuck{pod="a",stage="render"}': "0x230 1 0x60"},
    "GitopsdApplicationDegraded": {
        'gitopsd_applications{pod="a",sync="Synced",health="Degraded"}': "2x300"},
    "GitopsdApplicationNotSynced": {
        'gitopsd_applications{pod="a",sync="OutOfSync",health="Healthy"}': "1x300"},
    "GitopsdApplicationUnknown": {
        'gitopsd_applications{pod="b",sync="Unknown",health="Healthy"}': "1x300"},
    "GitopsdSyncsFail": {'gitopsd_syncs_total{pod="a",phase="Failed"}': "0+1x300"},
    "GitopsdGitFails": {'gitopsd_git_failures_total{pod="a"}': "0+15x300"},
    "GitopsdRendersFail": {'gitopsd_renders_failed_total{pod="a"}': "0+1x300"},
    "GitopsdRepairsWithoutEnd": {'gitopsd_repairs_total{pod="a"}': "0+10x300"},
    "GitopsdSettingsNotUnderstood": {'gitopsd_settings_problems{pod="a"}': "3x300"},
    "GitopsdWatchesMissEvents": {'gitopsd_cache_repairs_total{pod="a"}': "0+1x300"},
}
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]


def fires(alert, dir, changes):
    """Of all alerts, only this one (None: no one) fires after four hours of that. Asked of the series
    ALERTS: promtool's own test of alerts compares their texts as well."""
    series = [{"series": name, "values": values} for name, values in {**WELL, **changes}.items()
              if values is not None]
    (dir / "rules.yaml").write_text(yaml.safe_dump(RULES))
    names = [rule["alert"] for rule in ALERTS]
    count = 'count(ALERTS{alertstate="firing",alertname="%s"}) > bool 0'
    (dir / "test.yaml").write_text(json.dumps({
        "rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [{
            "interval": "1m", "input_series": series, "promql_expr_test": [
                {"expr": count % name, "eval_time": "4h",
                 "exp_samples": [{"labels": "{}", "value": 1}] if name == alert else []}
                for name in names]}]}))
    return run(PROMTOOL, "test", "rules", dir / "test.yaml")


def test_every_alert_has_its_case():
    assert set(ILL) == {rule["alert"] for rule in ALERTS}


def test_prometheus_accepts_the_rules(tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(RULES))
    assert f"{len(ALERTS)} rules found" in run(PROMTOOL, "check", "rules", file)


def test_no_alert_when_all_is_well(tmp_path):
    fires(None, tmp_path, {})


@pytest.mark.parametrize("alert", sorted(ILL))
def test_an_alert_fires(alert, tmp_path):
    fires(alert, tmp_path, ILL[alert])
