"""The addresses of the console."""

from django.contrib import admin
from django.urls import include, path

from project import views

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("", include("stores.urls")),
    path("", admin.site.urls),
]
handler403 = "project.views.forbidden"
handler404 = "project.views.not_found"
