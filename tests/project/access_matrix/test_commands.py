"""Who gets which answer from every command."""

from __future__ import annotations

import pytest
from django.core.management import get_commands, load_command_class

from stores.commands.components import ComponentCommand
from tests.support.matrix import Scene, all_verbs, outcomes

pytestmark = pytest.mark.django_db

# What stranger, viewer, operator, editor, owner, superuser are told: done, or none (there is no
# such thing), or that they lack the role, or refused for what has nothing to do with them.
COMMANDS = {
    "artifact-store register": (
        "artifact-store register fresh -f azure --path=az://artifacts",
        "done done done done done done",
    ),
    "artifact-store list": (
        "artifact-store list",
        "done done done done done done",
    ),
    "artifact-store describe": (
        "artifact-store describe train",
        "none done done done done done",
    ),
    "artifact-store check": (
        "artifact-store check train --no-wait",
        "none lacks done done done done",
    ),
    "artifact-store delete": (
        "artifact-store delete train -y",
        "none lacks lacks lacks refused refused",
    ),
    "artifact-store share": (
        "artifact-store share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "artifact-store unshare": (
        "artifact-store unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "orchestrator register": (
        "orchestrator register fresh -f kubeflow",
        "done done done done done done",
    ),
    "orchestrator list": (
        "orchestrator list",
        "done done done done done done",
    ),
    "orchestrator describe": (
        "orchestrator describe train",
        "none done done done done done",
    ),
    "orchestrator delete": (
        "orchestrator delete train -y",
        "none lacks lacks lacks refused refused",
    ),
    "orchestrator share": (
        "orchestrator share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "orchestrator unshare": (
        "orchestrator unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager register": (
        "secrets-manager register fresh -f local",
        "done done done done done done",
    ),
    "secrets-manager list": (
        "secrets-manager list",
        "done done done done done done",
    ),
    "secrets-manager describe": (
        "secrets-manager describe train",
        "none done done done done done",
    ),
    "secrets-manager check": (
        "secrets-manager check train",
        "none lacks done done done done",
    ),
    "secrets-manager delete": (
        "secrets-manager delete train -y",
        "none lacks lacks lacks refused refused",
    ),
    "secrets-manager share": (
        "secrets-manager share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager unshare": (
        "secrets-manager unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager secret register": (
        "secrets-manager secret register fresh --a=b",
        "done done done done done done",
    ),
    "secrets-manager secret update": (
        "secrets-manager secret update train --sas_token=sig",
        "none lacks lacks refused refused refused",
    ),
    "secrets-manager secret list": (
        "secrets-manager secret list",
        "done done done done done done",
    ),
    "secrets-manager secret get": (
        "secrets-manager secret get train",
        "none done done done done done",
    ),
    "secrets-manager secret delete": (
        "secrets-manager secret delete train -y --force",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager secret share": (
        "secrets-manager secret share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager secret unshare": (
        "secrets-manager secret unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "artifact-store get": (
        "artifact-store get",
        "none none none none none none",
    ),
    "artifact-store update": (
        "artifact-store update train --description=new",
        "none lacks lacks done done done",
    ),
    "artifact-store remove-attribute": (
        "artifact-store remove-attribute train authentication_secret",
        "none lacks lacks done done done",
    ),
    "artifact-store rename": (
        "artifact-store rename train fresh",
        "none lacks lacks done done done",
    ),
    "artifact-store copy": (
        "artifact-store copy train fresh",
        "none lacks lacks done done done",
    ),
    "artifact-store flavor list": (
        "artifact-store flavor list",
        "done done done done done done",
    ),
    "orchestrator get": (
        "orchestrator get",
        "none none none none none none",
    ),
    "orchestrator update": (
        "orchestrator update train --description=new",
        "none lacks lacks done done done",
    ),
    "orchestrator remove-attribute": (
        "orchestrator remove-attribute train kubernetes_context",
        "none lacks lacks refused refused refused",
    ),
    "orchestrator rename": (
        "orchestrator rename train fresh",
        "none lacks lacks done done done",
    ),
    "orchestrator copy": (
        "orchestrator copy train fresh",
        "none lacks lacks done done done",
    ),
    "orchestrator flavor list": (
        "orchestrator flavor list",
        "done done done done done done",
    ),
    "secrets-manager get": (
        "secrets-manager get",
        "none none none none none none",
    ),
    "secrets-manager update": (
        "secrets-manager update train --description=new",
        "none lacks lacks done done done",
    ),
    "secrets-manager remove-attribute": (
        "secrets-manager remove-attribute train key_vault_name",
        "none lacks lacks refused refused refused",
    ),
    "secrets-manager rename": (
        "secrets-manager rename train fresh",
        "none lacks lacks done done done",
    ),
    "secrets-manager copy": (
        "secrets-manager copy train fresh",
        "none lacks lacks done done done",
    ),
    "secrets-manager flavor list": (
        "secrets-manager flavor list",
        "done done done done done done",
    ),
    "stack update": (
        "stack update train --description=new",
        "none lacks lacks done done done",
    ),
    "stack remove-component": (
        "stack remove-component train -x",
        "none lacks lacks done done done",
    ),
    "stack rename": (
        "stack rename train fresh",
        "none lacks lacks done done done",
    ),
    "stack copy": (
        "stack copy train fresh",
        "none refused done done done done",
    ),
    "stack history": (
        "stack history train",
        "none done done done done done",
    ),
    "stack diff": (
        "stack diff train --from 1 --to 1",
        "none done done done done done",
    ),
    "stack restore": (
        "stack restore train 1",
        "none lacks lacks refused refused refused",
    ),
    "stack compare": (
        "stack compare train train",
        "none done done done done done",
    ),
    "stack export": (
        "stack export train -",
        "none done done done done done",
    ),
    "stack import": (
        "stack import fresh -f tests/stores/zenml/zenml-0.33.0_dict.yaml",
        "done done done done done done",
    ),
    "stack copy-component": (
        "stack copy-component train -a --name=fresh",
        "none lacks lacks done done done",
    ),
    "stack register-secrets": (
        "stack register-secrets train --skip-existing",
        "none refused refused refused refused refused",
    ),
    "stack register": (
        "stack register fresh -a train",
        "none lacks done done done done",
    ),
    "stack list": (
        "stack list",
        "done done done done done done",
    ),
    "stack describe": (
        "stack describe train",
        "none done done done done done",
    ),
    "stack set": (
        "stack set train",
        "none done done done done done",
    ),
    "stack get": (
        "stack get",
        "none none none none none none",
    ),
    "stack delete": (
        "stack delete train -y",
        "none lacks lacks lacks done done",
    ),
    "stack share": (
        "stack share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "stack unshare": (
        "stack unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "team create": (
        "team create fresh",
        "done done done done done done",
    ),
    "team list": (
        "team list",
        "done done done done done done",
    ),
    "team describe": (
        "team describe data-science",
        "none done done done done done",
    ),
    "team update": (
        "team update data-science --name research",
        "none lacks lacks lacks done done",
    ),
    "team invite": (
        "team invite data-science",
        "none lacks lacks lacks done done",
    ),
    "team delete": (
        "team delete data-science -y",
        "none lacks lacks lacks done done",
    ),
    "transfer plan": (
        "transfer plan train train",
        "none lacks refused refused refused refused",
    ),
    "transfer start": (
        "transfer start {transfer}",
        "none lacks refused refused refused refused",
    ),
    "transfer list": (
        "transfer list",
        "done done done done done done",
    ),
    "transfer describe": (
        "transfer describe {transfer}",
        "none done done done done done",
    ),
    "transfer cancel": (
        "transfer cancel {transfer}",
        "none lacks refused refused refused refused",
    ),
    "transfer retry": (
        "transfer retry {transfer}",
        "none lacks refused refused refused done",
    ),
    "transfer report": (
        "transfer report {transfer}",
        "none done done done done done",
    ),
}
# What works on the machine, for whoever may run commands there at all.
OF_THE_MACHINE = {
    "integration install",
    "integration list",
    "sample",
    "secrets rotate-keys",
    "secrets verify",
    "up",
}
# All of these are the same class: what holds for an orchestrator holds for each of them.
COMPONENTS = {
    "alerter",
    "annotator",
    "container-registry",
    "data-validator",
    "deployer",
    "experiment-tracker",
    "feature-store",
    "image-builder",
    "log-store",
    "model-deployer",
    "model-registry",
    "orchestrator",
    "sandbox",
    "step-operator",
}


def test_w20_every_verb_has_a_row() -> None:
    others = COMPONENTS - {"orchestrator"}
    verbs = {verb for verb in all_verbs() if verb.partition(" ")[0] not in others}

    assert verbs == set(COMMANDS) | OF_THE_MACHINE


def test_the_commands_of_components_are_one_class() -> None:
    applications = get_commands()
    classes = {name: type(load_command_class(applications[name], name)) for name in COMPONENTS}

    assert all(issubclass(each, ComponentCommand) for each in classes.values())


@pytest.mark.parametrize("verb", COMMANDS)
def test_w20_every_command_answers_each_as_the_table_says(verb: str, scene: Scene) -> None:
    line, expected = COMMANDS[verb]

    assert outcomes(scene, line.format(transfer=scene.world.transfer.pk)) == expected
