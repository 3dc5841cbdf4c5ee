"""The types of a stack's parts, as ZenML names them, and their short options. Knows nothing else.

Read from the real client, versions 0.33.0 and 0.98.0.
"""

ARTIFACT_STORE = "artifact_store"
SECRETS_MANAGER = "secrets_manager"
ORCHESTRATOR = "orchestrator"
# Types of which ZenML lets a stack have more than one.
REPEATABLE = ("alerter", "experiment_tracker", "step_operator")
# How `stack register` names a type in short.
SHORT = {
    "a": ARTIFACT_STORE,
    "o": ORCHESTRATOR,
    "c": "container_registry",
    "x": SECRETS_MANAGER,
    "s": "step_operator",
    "f": "feature_store",
    "d": "model_deployer",
    "e": "experiment_tracker",
    "al": "alerter",
    "an": "annotator",
    "dv": "data_validator",
    "i": "image_builder",
    "r": "model_registry",
    "D": "deployer",
    "l": "log_store",
    "sb": "sandbox",
}
