"""The lock: one owner at a time, under any name, and nothing left behind."""

from __future__ import annotations

import os
import sys

import pytest

from querydsl import StoreError
from querydsl.storage import lock
from querydsl.storage.lock import FileLock

BUSY = "another collection is writing to it; wait for that to end, or give another file"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


def refusal(path):
    with pytest.raises(StoreError) as caught:
        FileLock(path)
    return str(caught.value)


class TestFileLock:
    def test_a_second_one_is_refused_until_the_first_is_released(self, path):
        first = FileLock(path)
        assert refusal(path) == f"{path}: {BUSY}"
        first.release()
        FileLock(path).release()

    def test_a_refused_lock_does_not_affect_the_first(self, path):
        first = FileLock(path)
        refusal(path)
        assert refusal(path) == f"{path}: {BUSY}"
        first.release()

    def test_it_does_not_make_the_file_itself_and_leaves_nothing(self, path):
        first = FileLock(path)
        assert os.listdir(path.parent) == ["videos.db-lock"]
        first.release()
        assert os.listdir(path.parent) == []

    def test_files_side_by_side_have_locks_of_their_own(self, path):
        first, second = FileLock(path), FileLock(path.with_name("other.db"))
        second.release()
        assert refusal(path) == f"{path}: {BUSY}"
        first.release()

    def test_a_link_is_locked_as_the_file_that_it_leads_to(self, path):
        link = path.with_name("link.db")
        link.symlink_to(path)
        first = FileLock(link)
        assert refusal(path) == f"{path}: {BUSY}"
        first.release()

    def test_a_lock_file_with_content_is_not_ours_and_stays(self, path):
        theirs = path.with_name("videos.db-lock")
        theirs.write_text("important")
        FileLock(path).release()
        assert theirs.read_text() == "important"

    def test_a_folder_that_is_not_there_is_a_store_error(self, path):
        gone = path.parent / "no" / "videos.db"
        assert refusal(gone).startswith(f"{gone}: ")

    @pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
    def test_a_lock_on_a_removed_file_is_taken_again(self, path, monkeypatch):
        """Its last owner removes the file after we open it and before we lock it."""
        taken = []

        def late(file, how, flock=lock.fcntl.flock):
            if not taken:
                path.with_name("videos.db-lock").unlink()
            taken.append(file)
            flock(file, how)

        monkeypatch.setattr(lock.fcntl, "flock", late)
        first = FileLock(path)
        assert len(taken) == 2
        assert refusal(path) == f"{path}: {BUSY}"
        first.release()

    @pytest.mark.skipif(sys.platform == "win32", reason="another lock there")
    def test_a_file_system_without_locks_is_a_store_error_and_no_file_stays_open(self, path, monkeypatch):
        def without(file, how):  # noqa: ARG001
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(lock.fcntl, "flock", without)
        before = len(os.listdir("/dev/fd"))
        assert refusal(path) == f"{path}: Operation not supported"
        assert len(os.listdir("/dev/fd")) == before
