"""What an administrator checks: the machine, the database, the history's chains, the mirrors of the cases."""

import sqlite3

from sqlalchemy import func, select, text

from engine import history
from engine.history import Break
from engine.models import HistoryEvent
from engine.process_engine import ProcessEngine

# The first SQLite without the defect that can damage a database when two connections checkpoint at once.
SAFE_SQLITE = (3, 51, 3)


def verify_history(engine: ProcessEngine) -> tuple[list[Break], int]:
    """Breaks of the hash chains, and how many lines there are."""
    with engine.database.reading() as session:
        return list(history.verify(session)), session.scalar(
            select(func.count()).select_from(HistoryEvent)
        ) or 0


def doctor_findings(engine: ProcessEngine) -> list[str]:
    """What is not as it should be, one Chinese sentence each."""
    findings = []
    if engine.database.sqlite:
        if sqlite3.sqlite_version_info < SAFE_SQLITE:
            findings.append(
                f"SQLite 版本 {sqlite3.sqlite_version} 较旧（建议 3.51.3 以上）。本程序只用一个进程写库，影响有限；"
                "请勿用其他程序同时写这个数据库，并定期备份。"
            )
        with engine.database.reading() as session:
            verdict = session.scalar(text("PRAGMA quick_check"))
            if verdict != "ok":
                findings.append(f"数据库文件有损坏：{verdict}。请停止使用并从备份恢复。")
    breaks, _ = verify_history(engine)
    findings.extend(f"办理历史 {each.chain} 第 {each.seq} 条：{each.reason}。" for each in breaks)
    engine.attachments.mkdir(parents=True, exist_ok=True)
    return findings
