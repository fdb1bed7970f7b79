/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/roff.h"

#include "tests/test.h"

TEST(no_text_is_a_request)
{
    cleanup_buf struct buf b = BUF_UNLIMITED;

    roff_put(&b, ".so /etc/passwd");
    buf_putc(&b, '\n');
    roff_put(&b, "'x' \\fB --a `b` \"c\" ~^");
    EXPECT_STR(b.data, "\\&.so /etc/passwd\n"
                       "\\(aqx\\(aq \\efB \\-\\-a \\(gab\\(ga \\(dqc\\(dq \\(ti\\(ha");
}

TEST(paragraphs_and_what_stays_as_it_is)
{
    cleanup_buf struct buf b = BUF_UNLIMITED;

    roff_put_paragraphs(&b, "one\ntwo\n\n  a  b\n  c\n\nend");
    EXPECT_STR(b.data, "one\ntwo\n.PP\n.nf\n  a  b\n  c\n.fi\n.PP\nend\n");
    buf_truncate(&b, 0);
    roff_put_paragraphs(&b, "  a\nb\n  c\n");
    EXPECT_STR(b.data, ".nf\n  a\n.fi\nb\n.nf\n  c\n.fi\n");
    buf_truncate(&b, 0);
    roff_put_literal(&b, "# x\n.y\n");
    EXPECT_STR(b.data, ".nf\n# x\n\\&.y\n.fi\n");
}

TEST(options)
{
    cleanup_buf struct buf b = BUF_UNLIMITED;

    roff_put_option(&b, 'o', "output", "a|b");
    roff_put_option(&b, 0, "no-wait", NULL);
    EXPECT_STR(b.data, ".TP\n\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIa|b\\fR\n"
                       ".TP\n\\fB\\-\\-no\\-wait\\fR\n");
}
