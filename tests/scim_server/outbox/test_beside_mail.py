"""What the worker does beside mail is done now and then, and keeps no mail when it goes wrong."""

from scim_server.cli.work import Every


def test_it_is_tried_once_in_its_time_though_it_fails() -> None:
    tried: list[str] = []

    def fail() -> None:
        tried.append("once")
        raise RuntimeError

    look = Every(3600, fail)
    look()
    look()
    assert tried == ["once"]


def test_it_is_done_again_when_its_time_has_come() -> None:
    done: list[str] = []
    look = Every(-1, lambda: done.append("again"))
    look()
    look()
    assert done == ["again", "again"]
