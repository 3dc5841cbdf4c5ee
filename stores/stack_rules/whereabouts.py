"""Where the components of a stack run, as far as somebody said so, or as their flavors usually do.
Pure."""

from __future__ import annotations

from dataclasses import dataclass

from stores.models import Component

RunsOn = Component.RunsOn

# Types of components that work with the store directly, as the seed's warning names them.
NEED_THE_STORE = (
    Component.Type.ORCHESTRATOR,
    Component.Type.STEP_OPERATOR,
    Component.Type.MODEL_DEPLOYER,
)
# Where the flavors of these run that nobody said it of.
USUAL: dict[str, RunsOn] = {
    "local": RunsOn.THIS_MACHINE,
    "local_docker": RunsOn.THIS_MACHINE,
    "mlflow": RunsOn.THIS_MACHINE,
    "bentoml": RunsOn.THIS_MACHINE,
    "azureml": RunsOn.AZUREML,
    "kubeflow": RunsOn.KUBERNETES,
    "kubernetes": RunsOn.KUBERNETES,
    "tekton": RunsOn.KUBERNETES,
    "seldon": RunsOn.KUBERNETES,
    "kserve": RunsOn.KUBERNETES,
    "vertex": RunsOn.CLOUD,
    "sagemaker": RunsOn.CLOUD,
    "databricks": RunsOn.CLOUD,
}
IN_WORDS = {
    RunsOn.UNKNOWN: "somewhere unknown",
    RunsOn.THIS_MACHINE: "on your own machine",
    RunsOn.THIS_SERVER: "on this server",
    RunsOn.AKS: "in Azure Kubernetes Service",
    RunsOn.AZUREML: "in Azure Machine Learning",
    RunsOn.KUBERNETES: "in a Kubernetes that is not AKS",
    RunsOn.CLOUD: "in another cloud",
}


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a component runs; `said` is whether somebody said so."""

    component: Component
    runs_on: RunsOn
    said: bool

    @property
    def elsewhere(self) -> bool:
        """Whether it has to be taken for running neither on the person's machine nor on this
        server."""
        return self.runs_on not in (RunsOn.THIS_MACHINE, RunsOn.THIS_SERVER)

    @property
    def words(self) -> str:
        """Where it runs, after "runs"."""
        if self.said or not self.elsewhere:
            return IN_WORDS[self.runs_on]
        return "elsewhere"

    @property
    def brief(self) -> str:
        """Where it runs and how that is known, in as few words as a table has room for."""
        if self.said:
            return f"Runs {IN_WORDS[self.runs_on]}"
        if self.runs_on == RunsOn.UNKNOWN:
            return "Nobody said where it runs"
        return f"Nobody said; {self.component.flavor} usually runs {IN_WORDS[self.runs_on]}"

    @property
    def note(self) -> str:
        """How that is known, as a sentence; "" where somebody said so."""
        if self.said:
            return ""
        if self.runs_on == RunsOn.UNKNOWN:
            return f"Where {self.component.name} runs, nobody said."
        usual = IN_WORDS[self.runs_on]
        return f"Nobody said where it runs; {self.component.flavor} usually runs {usual}."


def whereabouts(component: Component) -> Whereabouts:
    """Where it runs: as its settings say, else as its flavor usually does."""
    if component.runs_on != RunsOn.UNKNOWN:
        return Whereabouts(component, RunsOn(component.runs_on), said=True)
    return Whereabouts(component, USUAL.get(component.flavor, RunsOn.UNKNOWN), said=False)
