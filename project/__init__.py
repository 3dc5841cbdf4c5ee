"""Storeroom's frame: settings, addresses, the Celery application and the one-command run."""

from project.celery import app as celery_app

__all__ = ["celery_app"]
