"""Rebuilds a model of Kapre's layers with native layers: `migrate`."""

from kapre_like.kapre.migrate.models import migrate as migrate
