"""Number of frames of a clip."""


def frame_count(samples: int, n_fft: int, hop_length: int, center: bool) -> int:
    """Returns the number of frames of a clip. It is at least 1, because clips are padded.

    Args:
        samples: Int >= 0, samples in the clip.
        n_fft: Int > 0, samples per frame.
        hop_length: Int > 0, samples between frames.
        center: Whether `n_fft // 2` samples are added at both ends.
    """
    added = 2 * (n_fft // 2) if center else 0
    return max(1, 1 + (samples + added - n_fft) // hop_length)
