from bench.profile import self_time


def test_samples_are_counted_at_the_innermost_frame_without_its_line() -> None:
    folded = "main;run (a.py:1);feed (b.py:7) 3\nmain;run (a.py:1);feed (b.py:9) 2\nmain;run (a.py:1) 1\n"
    assert self_time(folded) == {"feed (b.py)": 5, "run (a.py)": 1}
