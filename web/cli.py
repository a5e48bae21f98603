"""The command `guicheng`."""

import logging
import os
import sqlite3
import sys
import threading
import time
from pathlib import Path

import click
import waitress

from engine import ProcessEngine, commands
from engine.errors import BadDiagram, EngineError, Invalid
from engine.exporting import export_bundles
from engine.lint import check_path
from engine.maintenance import doctor_findings, verify_history

ROOT = Path(__file__).resolve().parent.parent
SWEEP_SECONDS = 5.0
ROUND_SECONDS = 3600.0


def data_folder() -> Path:
    return Path(os.environ.get("GUICHENG_DATA_DIR", "data")).resolve()


def processes_folder() -> Path:
    return Path(os.environ.get("GUICHENG_PROCESSES", ROOT / "processes")).resolve()


def database_url(given: str | None) -> str:
    return given or os.environ.get("GUICHENG_DATABASE_URL") or f"sqlite:///{data_folder() / 'guicheng.db'}"


def open_engine(url: str | None, demo: bool = False) -> ProcessEngine:
    """The engine of this installation, its database brought up to date."""
    data_folder().mkdir(parents=True, exist_ok=True)
    engine = ProcessEngine(database_url(url), processes_folder(), data_folder(), demo=demo)
    engine.start()
    return engine


def untested() -> bool:
    """Whether changed files are put into force at the start without running their scenarios."""
    return os.environ.get("GUICHENG_DEPLOY_UNTESTED", "") == "1"


@click.group()
def main() -> None:
    """规程：把镇政府的书面规则画成流程图来办事。"""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("spiff").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的地址")
@click.option("--port", default=8000, show_default=True, help="监听的端口")
@click.option("--database-url", default=None, help="数据库地址，默认数据目录里的 SQLite 文件")
@click.option("--demo", is_flag=True, help="演示模式：一键登录、演示时钟")
def serve(host: str, port: int, database_url: str | None, demo: bool) -> None:
    """升级数据库，发布 processes 文件夹里的新流程，启动网页服务。"""
    from web.app import create_app

    engine = open_engine(database_url, demo)
    commands.settle_gates(engine)
    try:
        deployed, _ = commands.deploy_at_start(engine, untested=untested())
    except BadDiagram as error:
        for finding in error.findings:
            click.echo(finding, err=True)
        raise click.ClickException(str(error)) from error
    for key in deployed.deployed:
        click.echo(f"已发布流程 {key}")
    for key in deployed.offered:
        click.echo(f"流程 {key} 在网页上发布过，文件里的改动作为草稿放进流程工坊")
    token = commands.make_setup_link(engine)
    if token:
        click.echo(
            f"还没有任何账号。请在浏览器打开这个一次性链接，设置第一位管理员：http://{host}:{port}/link/{token}"
        )
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(engine, stop), name="worker", daemon=True)
    worker.start()
    click.echo(f"规程已启动：http://{host}:{port}" + ("（演示模式）" if demo else ""))
    try:
        waitress.serve(create_app(engine), host=host, port=port, threads=8, ident=None)
    finally:
        stop.set()
        worker.join(timeout=10)
        engine.close()


def work(engine: ProcessEngine, stop: threading.Event) -> None:
    """The embedded worker: timers, messages and jobs that no request has taken care of."""
    log = logging.getLogger("guicheng.worker")
    next_round = time.monotonic() + ROUND_SECONDS
    while not stop.is_set():
        try:
            if time.monotonic() >= next_round:
                next_round = time.monotonic() + ROUND_SECONDS
                commands.recompute_all(engine)
            commands.drain(engine)
        except Exception:
            log.exception("the worker goes on after an error")
        stop.wait(SWEEP_SECONDS)


@main.command()
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
def check(path: Path | None) -> None:
    """检查流程图、表单、条款引用和场景；有问题时逐条列出，退出码为 1。"""
    findings = check_path(path or processes_folder())
    for finding in findings:
        click.echo(str(finding))
    faults = sum(not finding.warning for finding in findings)
    if faults:
        raise click.ClickException(f"共 {faults} 处问题。")
    click.echo("没有发现问题。")


@main.command()
@click.argument("keys", nargs=-1, required=True, metavar="流程键…")
@click.option("--only", multiple=True, metavar="改法", help="只用这种改法，可写几次（见 docs/mutation.md）")
@click.option("--sample", default=0, help="只抽这么多个变异")
@click.option("--seed", default=1, show_default=True, help="抽样的种子")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="同时运行几个进程")
@click.option("--quick", is_flag=True, help="每个变异只跑最可能发现的场景，不写报告")
@click.option("--fresh", is_flag=True, help="以前的结果一律不用")
def mutate(
    keys: tuple[str, ...], only: tuple[str, ...], sample: int, seed: int, jobs: int, quick: bool, fresh: bool
) -> None:
    """在流程里故意改错一处，看有没有验收场景发现；全部变异运行完写入 docs/mutation.md，中断以后接着运行。"""
    # Only this command plays scenarios, which need more than a server does.
    from features.mutation.command import mutate_procedures
    from features.mutation.round import Asked

    asked = Asked(only, sample, seed, fresh, quick)
    processes = processes_folder()
    # Cases fail on purpose.
    logging.disable(logging.CRITICAL)
    try:
        unnoticed = mutate_procedures(processes, keys, asked, jobs, click.echo)
    except EngineError as error:
        raise click.ClickException(str(error)) from error
    finally:
        logging.disable(logging.NOTSET)
    if unnoticed:
        raise click.ClickException(f"有 {unnoticed} 个变异没有场景发现。")


@main.command()
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--drafter", default=None, help="起草人的登录名（已有流程时必填）")
@click.option("--publisher", default=None, help="发布人的登录名，不能与起草人相同（已有流程时必填）")
@click.option("--database-url", default=None)
def deploy(path: Path | None, drafter: str | None, publisher: str | None, database_url: str | None) -> None:
    """试跑涉及的场景，全部通过后把流程文件夹发布到数据库；有改动的流程成为新版本，在办案卷仍按原版本办。"""
    engine = open_engine(database_url)
    try:
        result = commands.deploy_tested(engine, path, drafter, publisher)
    except BadDiagram as error:
        for finding in error.findings:
            click.echo(finding, err=True)
        raise click.ClickException(str(error)) from error
    except Invalid as error:
        raise click.ClickException(str(error)) from error
    finally:
        engine.close()
    click.echo(
        f"新发布 {len(result.deployed)} 个，未变 {len(result.unchanged)} 个，保留网页改动 {len(result.kept)} 个"
        f"（其中 {len(result.offered)} 个已作为草稿放进流程工坊）。"
    )


@main.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--database-url", default=None)
def export(path: Path | None, database_url: str | None) -> None:
    """把已发布的流程写回流程文件夹，场景写到它旁边的 features 文件夹；没有改动的文件不动。"""
    engine = open_engine(database_url)
    try:
        changed = export_bundles(engine, path or processes_folder())
    finally:
        engine.close()
    for name in changed:
        click.echo(name)
    click.echo(f"共改动 {len(changed)} 个文件。" if changed else "文件与已发布的流程一致。")


@main.command()
@click.option("--database-url", default=None)
def doctor(database_url: str | None) -> None:
    """检查这台机器和这个数据库是否适合运行。"""
    try:
        engine = open_engine(database_url)
    except (EngineError, OSError, sqlite3.Error) as error:
        raise click.ClickException(str(error)) from error
    findings = doctor_findings(engine)
    engine.close()
    for finding in findings:
        click.echo(finding)
    if findings:
        sys.exit(1)
    click.echo("一切正常。")


@main.group()
def audit() -> None:
    """办理历史的校验。"""


@audit.command()
@click.option("--database-url", default=None)
def verify(database_url: str | None) -> None:
    """逐条核对办理历史的校验链；被改动、删减的地方会指出来。"""
    engine = open_engine(database_url)
    breaks, events = verify_history(engine)
    engine.close()
    for each in breaks:
        click.echo(f"{each.chain} 第 {each.seq} 条：{each.reason}")
    if breaks:
        raise click.ClickException("办理历史与校验链不符。")
    click.echo(f"共 {events} 条，全部相符。")


if __name__ == "__main__":
    main()
