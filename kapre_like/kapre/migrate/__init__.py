"""Rebuilds models of Kapre's layers with native layers."""

from kapre_like.kapre.migrate.models import migrate as migrate
