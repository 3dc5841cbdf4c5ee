"""The settings that matter for the flavors of components that are known, by ZenML's names; what a
flavor takes beside them, and all of an unknown one's, is typed as names and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from project.templatetags.storeroom import with_code
from secrets_app.redaction import REFERENCE
from stores.forms.stacks import ComponentForm
from stores.models import Component

PREFIX = "setting_"
PORTS = range(1, 65536)
YES_OR_NO = (("", "As ZenML does by default"), ("true", "Yes"), ("false", "No"))


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in ZenML, what it is called here, and what it has to look like. A
    `secret` one is typed as a reference to a secret's value alone."""

    name: str
    label: str
    help: str = ""
    kind: Literal["text", "port", "yes_or_no", "secret"] = "text"

    @property
    def field_name(self) -> str:
        """What its field is called."""
        return PREFIX + self.name

    def field(self) -> forms.Field:
        """The field that it is typed into; never required, as another flavor may not have it."""
        more: dict[str, Any] = {"label": self.label, "help_text": self.help, "required": False}
        if self.kind == "port":
            return forms.IntegerField(
                widget=UnfoldAdminIntegerFieldWidget,
                min_value=PORTS[0],
                max_value=PORTS[-1],
                **more,
            )
        if self.kind == "yes_or_no":
            return forms.ChoiceField(choices=YES_OR_NO, widget=UnfoldAdminSelectWidget, **more)
        return forms.CharField(widget=UnfoldAdminTextInputWidget, max_length=500, **more)

    def typed(self, text: str) -> str:
        """What a command says, as the field takes it: ZenML's `True` is `true`."""
        return text.lower() if self.kind == "yes_or_no" else text

    def read(self, typed: Any) -> Any:
        """What is kept of what was typed; None where nothing was. Raises `ValidationError`."""
        if typed in (None, ""):
            return None
        if self.kind == "yes_or_no":
            return typed == "true"
        if self.kind == "secret" and not REFERENCE.fullmatch(typed):
            raise ValidationError("Name a secret's value here: `{{secret.key}}`.")
        return typed

    def shown(self, kept: Any) -> Any:
        """What the field shows of what is kept; None for what it could not give back."""
        if self.kind == "yes_or_no":
            return {True: "true", False: "false"}.get(kept) if isinstance(kept, bool) else None
        if self.kind == "port":
            return kept if type(kept) is int and kept in PORTS else None
        return kept if isinstance(kept, str) and kept else None


CONTEXT = Setting("kubernetes_context", "Kubernetes context", "As `kubectl config get-contexts`.")
NAMESPACE = Setting("kubernetes_namespace", "Kubernetes namespace")
LOCAL = Setting("local", "A cluster on your own machine", kind="yes_or_no")
SYNCHRONOUS = Setting("synchronous", "Wait until a run has ended", kind="yes_or_no")
URI = Setting("uri", "Address", "Such as `ghcr.io/team` or `team.azurecr.io`.")
PROJECT = Setting("project", "Project")
BASE_URL = Setting("base_url", "Address of its ingress", "Where deployed models answer.")
AZUREML = (
    Setting("subscription_id", "Subscription ID", "`az account show --query id`"),
    Setting("resource_group", "Resource group"),
)
TRACKING = (
    Setting("tracking_uri", "Address of the tracking server"),
    Setting("tracking_username", "User name", "Such as `{{mlflow.username}}`.", "secret"),
    Setting("tracking_password", "Password", "Such as `{{mlflow.password}}`.", "secret"),
)
SERVICE_PATH = Setting("service_path", "Folder of its services")

# The settings of each known flavor; one without any has none that matter.
KNOWN: dict[tuple[Component.Type, str], tuple[Setting, ...]] = {
    (Component.Type.ORCHESTRATOR, "local"): (),
    (Component.Type.ORCHESTRATOR, "local_docker"): (),
    (Component.Type.ORCHESTRATOR, "kubeflow"): (
        CONTEXT,
        Setting("kubeflow_hostname", "Address of Kubeflow"),
        Setting("kubeflow_namespace", "Namespace of Kubeflow"),
        Setting("kubeflow_pipelines_ui_port", "Port of its pages", kind="port"),
        LOCAL,
        SYNCHRONOUS,
    ),
    (Component.Type.ORCHESTRATOR, "kubernetes"): (CONTEXT, NAMESPACE, LOCAL, SYNCHRONOUS),
    (Component.Type.ORCHESTRATOR, "airflow"): (
        LOCAL,
        Setting("dag_output_dir", "Folder for DAGs"),
    ),
    (Component.Type.ORCHESTRATOR, "azureml"): (*AZUREML, Setting("workspace", "Workspace")),
    (Component.Type.ORCHESTRATOR, "vertex"): (
        PROJECT,
        Setting("location", "Location", "Such as `europe-west3`."),
        Setting("pipeline_root", "Pipeline root", "A `gs://…` address."),
        Setting("workload_service_account", "Service account of its jobs"),
        SYNCHRONOUS,
    ),
    (Component.Type.ORCHESTRATOR, "sagemaker"): (
        Setting("execution_role", "Execution role", "Its ARN."),
        Setting("bucket", "Bucket"),
        SYNCHRONOUS,
    ),
    (Component.Type.STEP_OPERATOR, "azureml"): (
        *AZUREML,
        Setting("workspace_name", "Workspace"),
        Setting("compute_target_name", "Compute target"),
    ),
    (Component.Type.STEP_OPERATOR, "kubernetes"): (CONTEXT, NAMESPACE),
    (Component.Type.STEP_OPERATOR, "vertex"): (
        PROJECT,
        Setting("region", "Region", "Such as `europe-west3`."),
        Setting("service_account", "Service account"),
    ),
    (Component.Type.STEP_OPERATOR, "sagemaker"): (
        Setting("role", "Role", "Its ARN."),
        Setting("bucket", "Bucket"),
    ),
    (Component.Type.MODEL_DEPLOYER, "mlflow"): (SERVICE_PATH,),
    (Component.Type.MODEL_DEPLOYER, "bentoml"): (SERVICE_PATH,),
    (Component.Type.MODEL_DEPLOYER, "seldon"): (CONTEXT, NAMESPACE, BASE_URL),
    (Component.Type.MODEL_DEPLOYER, "kserve"): (CONTEXT, NAMESPACE, BASE_URL),
    (Component.Type.EXPERIMENT_TRACKER, "mlflow"): TRACKING,
    (Component.Type.EXPERIMENT_TRACKER, "wandb"): (
        Setting("entity", "Entity"),
        Setting("project_name", "Project"),
        Setting("api_key", "API key", "Such as `{{wandb.api_key}}`.", "secret"),
    ),
    **{
        (Component.Type.CONTAINER_REGISTRY, flavor): (URI,)
        for flavor in ("default", "github", "dockerhub", "gitlab", "azure", "aws", "gcp")
    },
}


def settings_of(kind: str, flavor: str) -> tuple[Setting, ...]:
    """The settings with a field of their own."""
    return KNOWN.get((kind, flavor), ())  # type: ignore[call-overload, no-any-return]


def all_settings() -> dict[str, Setting]:
    """Every setting with a field of its own, by the field's name."""
    return {each.field_name: each for settings in KNOWN.values() for each in settings}


class ComponentSettingsForm(ComponentForm):
    """A component with a field for each setting that matters, where its flavor is known."""

    locals().update({name: each.field() for name, each in all_settings().items()})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "configuration" in self.fields:
            self.fields["configuration"].label = "Other settings"
        if "flavor" in self.fields:
            self.fields["flavor"].help_text = with_code(
                "As ZenML names it, such as `kubeflow`. The fields of a known flavor show once it"
                " is written."
            )
        others = dict(self.instance.configuration)
        for setting in settings_of(self.instance.type, self.instance.flavor):
            shown = setting.shown(others.get(setting.name))
            if shown is not None:
                self.initial[setting.field_name] = shown
                del others[setting.name]
        self.initial["configuration"] = others

    def clean(self) -> dict[str, Any]:
        """Join the fields of the flavor with the other settings. What fields of other flavors
        hold, which nobody sees, is no matter; a credential in the place of a reference is not
        shown again."""
        cleaned = super().clean() or {}
        settings = dict(cleaned.get("configuration") or {})
        own = settings_of(cleaned.get("type", ""), cleaned.get("flavor", ""))
        for name in set(all_settings()) - {setting.field_name for setting in own}:
            self.errors.pop(name, None)
        for setting in own:
            try:
                kept = setting.read(cleaned.get(setting.field_name))
            except ValidationError as error:
                self.add_error(setting.field_name, error)
                self.data = {**self.data, self.add_prefix(setting.field_name): ""}
                continue
            if kept is not None:
                settings[setting.name] = kept
        cleaned["configuration"] = settings
        return cleaned
