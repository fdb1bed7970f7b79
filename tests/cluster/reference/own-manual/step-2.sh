kubectl -n argocd patch application own-manual --type=merge -p '{"operation":{"initiatedBy":{"username":"me"},"sync":{"resources":[{"kind":"ConfigMap","name":"b"}]}}}'
