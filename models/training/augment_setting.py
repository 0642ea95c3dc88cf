"""The setting `augment` of every family that trains a network, without Keras."""

from kapre_like.models.artifact.families import Job

# No augmentation. Not Python's `None`, which stands for a default.
NONE = "none"


def check_augment(source: str, job: Job) -> None:
    """Raises an error for a recipe that does not exist or is wrong, before sound is read.

    Args:
        source: Name of a recipe, path of a YAML file, or `"none"`.
        job: Facts on the training.

    Raises:
        ValueError: In one line that says the fix.
    """
    if source != NONE and job.train is None:
        from kapre_like.augment.recipe import read_recipe

        read_recipe(source, sample_rate=job.sample_rate)
