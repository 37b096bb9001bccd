"""Articles from folders and special files: in order, none from outside, whatever they are."""

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from index.reading import files
from index.reading.files import read_paths
from index.reading.folders import Folders
from index.types import Incoming, RefusedArticle
from tests.index.reading.outcomes import refused, taken


class TestFolders:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "news"
        for name in ["b.txt", "a/z.md", "a/y.txt", "c/d/e.html", ".hidden.txt", ".git/a.txt"]:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("He left.")
        (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
        return folder

    def names(self, folder: Path, items: Iterable[Incoming | RefusedArticle]) -> list[str]:
        return [str(Path(item.label).relative_to(folder)) for item in taken(items)]

    def test_order(self, folder: Path) -> None:
        found = self.names(folder, read_paths([folder]))
        assert found == ["a/y.txt", "a/z.md", "b.txt", "c/d/e.html"]

    def test_links(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").write_text("Secret.")
        (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
        (folder / "up").symlink_to(tmp_path)
        (folder / "round").symlink_to(folder)
        (folder / "inside.txt").symlink_to(folder / "b.txt")
        (folder / "broken.txt").symlink_to(folder / "nowhere")
        (folder / "loop.txt").symlink_to(folder / "loop.txt")
        items = list(read_paths([folder]))
        articles = [item for item in items if isinstance(item, Incoming)]
        assert self.names(folder, articles)[-1] == "inside.txt"
        assert all("Secret" not in item.article.text for item in articles)
        assert [reason.removeprefix(f"{folder}/") for reason in refused(items)] == [
            "broken.txt: does not exist; check the path",
            "loop.txt: cannot be read (a loop of links); check the path",
            "out.txt: is a link that leads out of its folder",
            "up: is a link that leads out of its folder",
        ]

    def test_a_folder_may_be_named_by_a_link(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(folder)
        assert len(taken(read_paths([tmp_path / "link"]))) == 4

    def test_a_home_of_dateline_is_passed_over(self, folder: Path) -> None:
        for name in ("data/corpora/default/CURRENT", "data/chat_history", "data/more/c.txt"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("He left.")
        assert len(taken(read_paths([folder]))) == 4

    def test_deep(self, tmp_path: Path) -> None:
        deep = tmp_path.joinpath(*["d"] * 500)
        deep.mkdir(parents=True)
        (deep / "a.txt").write_text("He left.")
        assert len(taken(read_paths([tmp_path]))) == 1

    def test_lazy(self, folder: Path) -> None:
        items = read_paths([folder])
        next(items)
        (folder / "b.txt").unlink()
        assert refused(items) == [f"{folder}/b.txt: does not exist; check the path"]

    def test_empty(self, tmp_path: Path) -> None:
        assert list(read_paths([tmp_path])) == []


class TestLooks:
    def test_a_file_is_read_until_it_is_stored(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("He left.")
        folders = Folders([tmp_path])
        assert [len(taken(folders.look())) for _ in range(3)] == [0, 1, 1]
        folders.keep()
        assert taken(folders.look()) == []
        (tmp_path / "a.txt").write_text("He left. She stayed.")
        assert [len(taken(folders.look())) for _ in range(2)] == [0, 1]


class TestSpecialFiles:
    def test_missing(self, tmp_path: Path) -> None:
        path = tmp_path / "none.txt"
        assert refused(read_paths([path])) == [f"{path}: does not exist; check the path"]

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_unreadable(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.touch(mode=0)
        assert refused(read_paths([path])) == [f"{path}: may not be read; check its permissions"]

    def test_unreadable_for_root_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.txt"
        path.write_text("He left.")

        def denied(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", denied)
        assert refused(read_paths([path])) == [f"{path}: may not be read; check its permissions"]

    def test_pipe(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        os.mkfifo(path)
        reasons: list[str] = []
        reader = threading.Thread(target=lambda: reasons.extend(refused(read_paths([tmp_path]))))
        reader.daemon = True
        reader.start()
        reader.join(timeout=60)
        assert reasons == [f"{path}: is a pipe, not a file; give a file or a folder"]

    def test_socket(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)  # the path of a socket may not be long
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("a.txt")
            assert refused(read_paths([Path("a.txt")])) == [
                "a.txt: is a socket, not a file; give a file or a folder"
            ]

    def test_device(self) -> None:
        assert refused(read_paths([Path("/dev/zero")])) == [
            "/dev/zero: is a device, not a file; give a file or a folder"
        ]

    def test_name_too_long(self, tmp_path: Path) -> None:
        (reason,) = refused(read_paths([tmp_path / ("x" * 5_000)]))
        assert reason.endswith(": cannot be read (file name too long); check the path")

    def test_unprintable_names(self, tmp_path: Path) -> None:
        name = os.fsencode(tmp_path) + b"/line\nend \xff\x1b[31m.txt"
        Path(os.fsdecode(name)).write_text("He left.")
        (incoming,) = taken(read_paths([tmp_path]))
        assert incoming.label.isprintable()
        assert incoming.origin is not None
        assert incoming.origin.encode()

    def test_changes_while_it_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "a.txt"
        path.write_text("He left.")
        check_size = files.check_size

        def and_write(size: int, max_bytes: int) -> None:
            check_size(size, max_bytes)
            path.write_text("He left. Then he came back.")

        monkeypatch.setattr(files, "check_size", and_write)
        assert refused(read_paths([path])) == [
            f"{path}: changed while it was read; try again",
        ]

    def test_lines_change_while_they_are_read(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text('{"text": "He left."}\n' * 3)
        items: Iterator[Incoming | RefusedArticle] = read_paths([path])
        assert isinstance(next(items), Incoming)
        path.write_text("{}")
        assert refused(items)[-1] == f"{path}: changed while it was read; try again"
