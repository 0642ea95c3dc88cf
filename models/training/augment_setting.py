"""The setting `augment` of all families that train a network. Does not import Keras."""

from kapre_like.models.artifact.families import Job

# No augmentation. It is a string, because `None` means the default of a setting.
NONE = "none"


def check_augment(source: str, job: Job) -> None:
    """Checks that a recipe exists and is valid, before any sound is read.

    Args:
        source: Name of a recipe, path of a YAML file, or `"none"`.
        job: Facts on the training.

    Raises:
        ValueError: If it does not exist or is invalid, in one line with the fix.
    """
    if source != NONE and job.train is None:
        from kapre_like.augment.recipe import read_recipe

        read_recipe(source, sample_rate=job.sample_rate)
