"""The addresses of stores' own pages; lists and forms are the admin's."""

from django.urls import path

from stores.views import checks, samples, stacks, stores

urlpatterns = [
    path("stores/store/<int:pk>/overview/", stores.overview, name="store_overview"),
    path("stores/store/<int:pk>/check/", checks.start, name="check_store"),
    path("stores/check/<int:pk>/", checks.show, name="check_page"),
    path("stores/check/<int:pk>/steps/", checks.steps, name="check_steps"),
    path("stores/stack/<int:pk>/overview/", stacks.overview, name="stack_overview"),
    path("stores/stack/<int:pk>/activate/", stacks.activate, name="activate_stack"),
    path("sample/load/", samples.load, name="load_sample"),
    path("sample/remove/", samples.remove, name="remove_sample"),
]
