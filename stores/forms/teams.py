"""What a person may type about teams, who is in them and what is shared with them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User

from project.access import Role, Team, validate_name


class PlainForm:
    """A form that is drawn by `stores/teams/_fields.html`."""

    fields: dict[str, forms.Field]

    def dress(self) -> None:
        """Let each field look like the others of the console's own pages."""
        for field in self.fields.values():
            field.widget.attrs["class"] = "sr-input"
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3


def role_field(**options: Any) -> forms.TypedChoiceField:
    """A choice of a role, each with its meaning."""
    return forms.TypedChoiceField(
        coerce=lambda text: Role(int(text)), choices=Role.choices, **options
    )


class TeamForm(PlainForm, forms.ModelForm):
    """What a team is called, and what it is for."""

    class Meta:
        model = Team
        fields = ["name", "description"]
        error_messages = {"name": {"unique": "There is a team of this name already."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].validators.append(validate_name)
        self.fields["name"].max_length = 100
        self.dress()


class InviteForm(PlainForm, forms.Form):
    """As what somebody is invited, and where the link is sent."""

    role = role_field(label="Role", initial=Role.VIEWER.value)
    email = forms.EmailField(
        label="E-mail",
        required=False,
        help_text="May stay empty. With it, nobody of another address can use the link.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress()


class RoleForm(forms.Form):
    """A member's new role."""

    role = role_field()


class HeirForm(PlainForm, forms.Form):
    """Who gets what somebody holds who leaves."""

    heir = forms.ModelChoiceField(
        label="Hand over to",
        queryset=User.objects.none(),
        required=False,
        empty_label="Choose a member",
    )

    def __init__(self, *args: Any, team: Team, leaving: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = get_user_model()._default_manager.filter(memberships__team=team, is_active=True)
        self.fields["heir"].queryset = people.exclude(pk=leaving.pk)  # type: ignore[attr-defined]
        self.dress()


class ShareForm(PlainForm, forms.Form):
    """With which team, and as what; a stack's parts with it unless they are left out."""

    team = forms.ModelChoiceField(
        label="With the team", queryset=Team.objects.none(), empty_label="Choose a team"
    )
    role = role_field(label="As", initial=Role.OPERATOR.value)
    parts = forms.BooleanField(
        label="With what it rests on",
        required=False,
        initial=True,
        widget=forms.CheckboxInput,
        help_text="Stores, components and secrets that it uses. Secrets are shared to be used,"
        " not to be seen.",
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]
        self.dress()


class NewAccountForm(PlainForm, UserCreationForm):
    """The name and the password of somebody who was invited and has no account yet."""

    class Meta:
        model = User
        fields = ["username"]

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        self.instance.email = email
        self.instance.is_staff = True
        self.dress()
