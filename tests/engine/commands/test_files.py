"""Files are checked, stored once, and fetched only by who may; documents stay as they were made."""

from __future__ import annotations

import hashlib
import io

import pytest

from engine import commands, queries
from engine.commands import attachments
from engine.errors import Invalid, NotFound, Refused
from engine.models import Attachment, Document
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, FIXER, GUARD, HEAD, KEEPER, STORE, Town
from tests.support.diagrams import Drawing

PDF = b"%PDF-1.7 x"


def upload(town: Town, name: str, content: bytes) -> dict[str, object]:
    return commands.upload_attachment(town.engine, CLERK, name, io.BytesIO(content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ"),
        ("a.html", b"<script>"),
        ("a.svg", b"<svg/>"),
        ("a.pdf", b"MZ"),
        ("a.pdf", b""),
        ("a.docx", PDF),
        ("a.png", b"GIF89a"),
        ("a.txt", b"a\x00b"),
        ("a", PDF),
        ("..", PDF),
        ("a.pdf.exe", PDF),
    ],
    ids=repr,
)
def test_what_is_not_allowed_is_refused_and_leaves_nothing(
    make_small_town: MakeTown, name: str, content: bytes
) -> None:
    town = make_small_town()
    with pytest.raises(Invalid) as refused:
        upload(town, name, content)
    assert refused.value.errors["file"].endswith("。")
    assert town.rows(Attachment) == []
    assert [path for path in town.engine.attachments.rglob("*") if path.is_file()] == []


def test_a_file_that_is_too_large_is_refused(
    make_small_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_small_town()
    monkeypatch.setattr(attachments, "MAX_BYTES", 20)
    upload(town, "a.pdf", PDF + b" " * 10)
    with pytest.raises(Invalid):
        upload(town, "a.pdf", PDF + b" " * 11)
    assert len(town.rows(Attachment)) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\me\\方案.PDF", "方案.PDF"),
        ("a\r\nb\x00.pdf", "ab.pdf"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ('a"<b>|?.pdf', "ab.pdf"),
        ("长" * 300 + ".pdf", "长" * 150 + ".pdf"),
    ],
)
def test_a_file_name_is_only_a_name(make_small_town: MakeTown, given: str, kept: str) -> None:
    town = make_small_town()
    answer = upload(town, given, PDF)
    assert answer["name"] == kept
    file = queries.attachment_file(town.engine, CLERK, str(answer["id"]))
    assert file.path.resolve().is_relative_to(town.engine.attachments.resolve())
    assert file.path.name == hashlib.sha256(PDF).hexdigest()


def test_the_same_content_is_stored_once(make_town: MakeTown) -> None:
    town = make_town()
    first, second = upload(town, "a.pdf", PDF), upload(town, "b.pdf", PDF)
    assert first["id"] != second["id"]
    assert len([path for path in town.engine.attachments.rglob("*") if path.is_file()]) == 1


def with_files() -> tuple[Drawing, Drawing]:
    drawing = (
        Drawing("x", 可见岗位="主管").start("s").user("a", fields={"附件": "filepicker", "名": "textfield"})
    )
    drawing.user(
        "b",
        groups="仓库管理员",
        fields={"看": {"type": "filepicker", "properties": {"只读": "是", "初值": "${附件}"}}},
    )
    drawing.user("c", users="${'jiliu'}").throw("t", message="移交", payload="件 = 附件").throw(
        "t2", message="移交", payload="件 = 附件"
    )
    drawing.end("e").flow("s a b c t t2 e")
    other = (
        Drawing("jie", 可见岗位="门卫")
        .start("s", message="移交")
        .catch("w", message="移交")
        .user("d")
        .end("e")
    )
    return drawing, other.flow("s w d e")


def test_a_file_is_fetched_by_who_sees_where_it_was_submitted(make_town: MakeTown) -> None:
    town = make_town(*with_files())
    case, file = town.start(), town.upload()

    def may(*logins: str) -> list[bool]:
        found = []
        for login in logins:
            try:
                found.append(queries.attachment_file(town.engine, login, file).name == "单据.pdf")
            except NotFound:
                found.append(False)
        return found

    people = (CLERK, HEAD, KEEPER, FIXER, GUARD)
    assert may(*people) == [True, False, False, False, False]
    town.do(case, "a", 附件=[file], 名="x")
    # The keeper sees it in the form of the open task, not as somebody who submitted it.
    assert may(*people) == [True, True, True, False, False]
    town.do(case, "b", KEEPER)
    assert may(*people) == [True, True, True, False, False]
    town.do(case, "c", FIXER)
    # Later steps only show it again: it is one file.
    assert [line.task for line in queries.case_attachments(town.engine, CLERK, case)] == ["a"]
    # Handed over with two messages, it belongs to the other case too.
    assert town.cases("jie")[0].state == "active"
    assert may(*people) == [True, True, True, False, True]
    assert [line.name for line in queries.case_attachments(town.engine, GUARD, town.cases("jie")[0].id)] == [
        "单据.pdf"
    ]


def test_a_file_of_somebody_else_cannot_be_submitted(make_town: MakeTown) -> None:
    town = make_town(*with_files())
    case, file = town.start(), town.upload(STORE)
    for key in (file, "0" * 32, "../../x"):
        with pytest.raises(Invalid):
            town.do(case, "a", 附件=[key], 名="x")


# ---- documents


def with_document(template: str) -> Drawing:
    drawing = (
        Drawing("x", 可见岗位="主管")
        .start("s")
        .user("a", fields={"名": "textfield"})
        .script("n", "名单 = [{'名': 名}]")
    )
    drawing.document("d", "单.html", "${名}的单").user("b", fields={"名": "textfield"}).end("e")
    return drawing.template("单.html", template).flow("s a n d b e")


def test_a_document_stays_as_it_was_made(make_town: MakeTown) -> None:
    town = make_town(
        with_document("<p>{{ 名 }}、{% for 行 in 名单 %}{{ 行.名 }}{% endfor %}、{{ 发起人|姓名 }}</p>")
    )
    case = town.start()
    town.do(case, "a", 名="<b>甲</b>")
    (document,) = town.rows(Document)
    assert document.name == "<b>甲</b>的单"
    assert document.html == "<p>&lt;b&gt;甲&lt;/b&gt;、&lt;b&gt;甲&lt;/b&gt;、戊五</p>"
    assert document.sha256 == hashlib.sha256(document.html.encode()).hexdigest()
    town.do(case, "b", 名="乙")
    changed = with_document("<p>别的</p>")
    town.deploy(changed)
    assert queries.document_view(town.engine, HEAD, document.id).html == document.html
    with pytest.raises(NotFound):
        queries.document_view(town.engine, GUARD, document.id)
    (body,) = [body for kind, body in town.history(case) if kind == "document.made"]
    assert body["sha256"] == document.sha256


def test_documents_of_one_name_are_numbered(make_town: MakeTown) -> None:
    drawing = Drawing("x").start("s")
    for key, name in (("d", "单"), ("e", "单"), ("f", "清单"), ("g", "单"), ("h", "单（副本）")):
        drawing.document(key, "单.html", name)
    town = make_town(drawing.end("z").template("单.html", "<p>一</p>").flow("s d e f g h z"))
    case = town.start("x")
    names = ["单", "单（第2次）", "清单", "单（第3次）", "单（副本）"]
    assert [document.name for document in town.rows(Document)] == names
    assert [body["name"] for kind, body in town.history(case) if kind == "document.made"] == names


@pytest.mark.parametrize(
    "template",
    [
        "{{ 名.__class__.__mro__ }}{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ 名单.append(1) }}",
        "{{ 名单[0].update({'名': '改了'}) }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ 姓名.func.__globals__ }}",
        "{{ 姓名.args }}",
        "{{ 姓名.args[1].organisation }}",
        "{{ ('x'|center(999999999)) }}{{ 'x'.ljust(999999999) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'x' as y %}",
        "{{ 1 / 0 }}",
        "{{ 没有的.部分 }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 9999999 }}",
        "{{ '%0999999999d' % 1 }}",
        "{{ '%0999999999d'|format(1) }}",
        "{% for 一 in range(999999999) %}{% endfor %}",
        "{{ lipsum(n=100000) }}",
        "{{ '{0.__class__}'.format(名) }}",
    ],
)
def test_a_template_cannot_reach_or_change_anything_else(make_small_town: MakeTown, template: str) -> None:
    town = make_small_town(with_document(template))
    case = town.start()
    try:
        town.do(case, "a", 名="甲")
    except Refused:
        assert town.rows(Document) == []
        assert town.case(case).state == "incident"
    else:
        (document,) = town.rows(Document)
        assert len(document.html) < 10_000
        assert not any(word in document.html for word in ("class", "uid=", "root:", "Scope", "object"))
        assert town.value(case, "名单") == [{"名": "甲"}]
