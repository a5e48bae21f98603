"""Diagrams drawn in other modellers: their ids made such as ours may be."""

import re

_ID = re.compile(r"""\sid=(["'])([^"']+)\1""")
_USABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def with_usable_ids(text: str, process: str, key: str) -> str:
    """The diagram with `key` as the id of its process, and without the hyphens and dots other modellers write into ids.

    What refers to an id, in an attribute or as the text of an element, follows. Everything else stays byte for byte.
    """
    ids = dict.fromkeys(match[1] for match in _ID.findall(text))
    taken = {each for each in ids if _USABLE.match(each)} | {key}
    changed = {} if process == key else {process: key}
    for each in ids:
        if each == process or _USABLE.match(each):
            continue
        new = re.sub(r"[^A-Za-z0-9_]", "_", each)
        new = new if _USABLE.match(new) else f"id_{new}"
        while new in taken:
            new += "_"
        taken.add(new)
        changed[each] = new
    if not changed:
        return text
    # Quoted or between tags an id stands alone; a name that reads the same is not changed.
    either = "|".join(map(re.escape, sorted(changed, key=len, reverse=True)))
    places = re.compile(rf"""(?<!\sname=)(["'])({either})\1|(>\s*)({either})(\s*<)""")

    def follow(found: re.Match[str]) -> str:
        if found[2]:
            return f"{found[1]}{changed[found[2]]}{found[1]}"
        return f"{found[3]}{changed[found[4]]}{found[5]}"

    return places.sub(follow, text)


__all__ = ["with_usable_ids"]
