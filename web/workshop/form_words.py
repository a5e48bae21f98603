"""The words of the form editor: what can be written at a field, what kinds of fields there are, in which order it is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.forms.entries import Item

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("basic", ("label", "text", "key", "description", "width", "subtype", "decimals")),
    ("choices", ("values", "choose_from", "options", "value_column", "label_column")),
    ("files", ("multiple", "file_types", "file_size")),
    ("paper", ("template", "document_name")),
    ("table", ("fixed_rows", "sortable", "row_key", "least_rows", "most_rows")),
    (
        "filling",
        ("required", "required_when", "initial", "readonly", "readonly_when", "shown_when", "phrases"),
    ),
    ("limits", ("least_length", "most_length", "pattern", "least", "most")),
    ("checks", ("check", "message", "warning", "warning_text")),
    ("basis", ("clauses",)),
)
FOLDED = ("table", "filling", "limits", "checks", "basis", "files")
"""These stand closed while nothing is written in them."""
NUMBERED = ("check", "message")


@dataclass(frozen=True)
class Word:
    """How an item is called, and what to write there."""

    label: str
    hint: str = ""


def section_word(name: str) -> str:
    words = {
        "basic": _("这一项"),
        "choices": _("可以选什么"),
        "files": _("附件"),
        "paper": _("文书"),
        "table": _("表格的行"),
        "filling": _("怎么填"),
        "limits": _("长短和大小"),
        "checks": _("核对"),
        "basis": _("依据"),
    }
    return str(words[name])


def type_word(name: str) -> str:
    """What a kind of field is called."""
    words = {
        "textfield": _("一行文字"),
        "textarea": _("多行文字"),
        "number": _("数"),
        "checkbox": _("勾选框"),
        "radio": _("单选，平铺"),
        "select": _("单选，下拉"),
        "checklist": _("多选，平铺"),
        "taglist": _("多选，选项多"),
        "datetime": _("日期、时间"),
        "filepicker": _("附件"),
        "dynamiclist": _("表格"),
        "text": _("说明文字"),
        "group": _("分组"),
        "documentPreview": _("文书"),
    }
    return str(words.get(name, name))


def choice_word(value: str) -> str:
    """What can be chosen in the editor itself."""
    words = {
        "date": _("日期"),
        "time": _("时分"),
        "datetime": _("日期和时分"),
    }
    return str(words.get(value, value))


def word_of(item: Item) -> Word:
    """The words of an item; checks are counted."""
    name, _dash, number = item.name.partition("_")
    if name in NUMBERED:
        return _numbered(name, int(number))
    return _words()[item.name]


def _numbered(name: str, number: int) -> Word:
    if name == "check":
        return Word(
            _("校验 %(number)d", number=number), _("表达式，须成立才能提交。字段可以不填的，先写“空(…) or”。")
        )
    return Word(_("不符时的提示 %(number)d", number=number))


def _words() -> dict[str, Word]:
    expression = _("表达式，如 ${…}；成立时起作用。")
    return {
        "label": Word(_("名称"), _("表单上显示的字。场景里按名称引用它的，发布页上可以随图改名。")),
        "text": Word(_("文字"), _("只显示，不填写；里面可以写 ${表达式}。")),
        "key": Word(_("字段键"), _("表达式里用的名字，只用汉字、字母、数字、下划线；空着就按名称取。")),
        "description": Word(_("说明"), _("显示在名称下面；里面可以写 ${表达式}。")),
        "width": Word(_("宽度")),
        "subtype": Word(_("填什么")),
        "decimals": Word(_("小数位数"), _("不写就是整数。")),
        "values": Word(_("固定的选项"), _("一行一个；保存的值与显示的字不同的，写“值 = 显示的字”。")),
        "choose_from": Word(_("从组织里选"), _("选项是本镇的人员、单位或岗位。")),
        "options": Word(_("算出的选项"), _("表达式，给出值的列表，或若干行；与“从组织里选”同用时限定范围。")),
        "value_column": Word(_("值列"), _("算出的是若干行时，取哪一列作值。")),
        "label_column": Word(_("显示列"), _("算出的是若干行时，显示哪一列。")),
        "multiple": Word(_("可以上传几个文件")),
        "file_types": Word(_("文件类型"), _("扩展名，逗号分隔，如 pdf,docx,jpg；空着不限。")),
        "file_size": Word(_("单个文件上限（MB）")),
        "template": Word(_("模板"), _("办理完成时按它生成并固定下来。")),
        "document_name": Word(_("文书名称"), _("里面可以写 ${表达式}；空着就用名称。")),
        "fixed_rows": Word(_("行固定，不能增删")),
        "sortable": Word(_("可以调整行的次序")),
        "row_key": Word(_("认行的列"), _("这一列相同的，就是同一行。")),
        "least_rows": Word(_("最少几行"), _("整数或 ${表达式}。")),
        "most_rows": Word(_("最多几行"), _("整数或 ${表达式}。")),
        "required": Word(_("必填")),
        "required_when": Word(_("什么时候必填"), expression),
        "initial": Word(_("预先填好"), _("写死的值，或 ${表达式}；只读的字段，值就由它决定。")),
        "readonly": Word(_("只读，不能改")),
        "readonly_when": Word(_("什么时候只读"), expression),
        "shown_when": Word(_("什么时候显示"), _("表达式，如 ${…}；不成立时不显示，值为空。")),
        "phrases": Word(_("带常用意见")),
        "least_length": Word(_("最少几个字")),
        "most_length": Word(_("最多几个字")),
        "pattern": Word(_("文字的样式"), _("正则表达式，须与整段文字相符。")),
        "least": Word(_("最小")),
        "most": Word(_("最大")),
        "warning": Word(_("什么时候提醒"), _("表达式；成立时须勾选确认才能提交，确认记入历史。")),
        "warning_text": Word(_("提醒的话")),
        "clauses": Word(_("条款号"), _("这个字段依据哪一条。")),
    }


@dataclass(frozen=True)
class Section:
    """Items that are asked for together; `folded` ones stand closed."""

    name: str
    items: Sequence[Item]
    folded: bool


def sections(items: Sequence[Item], written: dict[str, str], wrong: Sequence[str] = ()) -> Iterator[Section]:
    """The items in the order they are asked for."""
    for name, members in SECTIONS:
        found = [each for each in items if _asked_as(each.name) in members]
        if found:
            found.sort(key=lambda each: _position(each, members))
            quiet = not any(written.get(each.name) or each.name in wrong for each in found)
            yield Section(name, found, name in FOLDED and quiet)


def _asked_as(name: str) -> str:
    first = name.partition("_")[0]
    return first if first in NUMBERED else name


def _position(item: Item, members: Sequence[str]) -> tuple[int, int, int]:
    """Each check stands before its sentence, the checks in their order, the rest after them."""
    first, _dash, number = item.name.partition("_")
    if first in NUMBERED:
        return (0, int(number), members.index(first))
    return (1, members.index(item.name), 0) if members[0] in NUMBERED else (0, members.index(item.name), 0)
