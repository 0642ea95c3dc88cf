"""`native_noise`: libmpg123's lines are dropped, every other line arrives."""

import os
import threading

from kapre_like.audio.native_noise import mpg123_silenced

NOISE = (
    b"[src/libmpg123/layer3.c:INT123_do_layer3():1804] error: dequantization failed!\n"
    b"Note: Trying to resync...\n"
    b"\n"
    b"Warning: Xing stream size off by more than 1%, fuzzy seeking!\n"
)


def test_lines_of_others_arrive_after_it(capfd):
    with mpg123_silenced():
        os.write(2, NOISE)
        os.write(2, b"Warning: the disk is nearly full\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "Warning: the disk is nearly full\nafter\n"


def test_threads_share_it_and_the_last_one_restores(capfd):
    inside, leave = threading.Barrier(5), threading.Event()

    def work():
        with mpg123_silenced():
            os.write(2, NOISE)
            inside.wait()
            leave.wait()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    inside.wait()
    os.write(2, b"kept\n")
    leave.set()
    for thread in threads:
        thread.join()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "kept\nafter\n"
