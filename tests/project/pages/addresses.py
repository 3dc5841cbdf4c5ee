"""Where lists and forms for new things are."""

LISTS = [
    "/stores/store/",
    "/stores/check/",
    "/stores/schedule/",
    "/stores/transfer/",
    "/stores/stack/",
    "/stores/component/",
    "/secrets_app/secret/",
    "/secrets_app/secretsmanager/",
    "/project/auditentry/",
]
FORMS = [
    "/stores/store/add/",
    "/stores/schedule/add/",
    "/stores/transfer/add/",
    "/stores/stack/add/",
    "/stores/component/add/",
    "/secrets_app/secret/add/",
    "/secrets_app/secretsmanager/add/",
]
