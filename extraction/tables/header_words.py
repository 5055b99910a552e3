"""What a header says as a set of words, so that spelling, order and small words do not matter.

`Date of failure`, `Failure date`, `failure_date` and `FailureDate` have the same words; so have
故障日期 and 故障发生时间. The lists hold words of any trade's headers, none of a single system's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

ID, WHEN = "#", "@"  # what all numbers, ids and codes become, and all dates and times

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
_BRACKETS = re.compile(r"[(\[（【<][^()\[\]（）【】<>]*[)\]）】>]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")

_NEUTRAL = frozenset(
    "of the a an for in to and or is was this that its our per please enter optional mandatory"
    " required col column fld field tbl attr attribute custom cf udf record current"
    " 的 之 发生 所 及 与 和 请 填写 必填 选填 可选 栏 项目 具体 相关 本次".split()
)
_SAME = {
    same: word
    for word, others in {
        ID: "no nr nbr number num id ident identifier identification code key 编号 编码 代码 号码 代号"
        " 号 码 单号 识别码",
        WHEN: "date time datetime timestamp dt ts on at when day 日期 时间 时刻 年月日 日",
        "asset": "machine equipment equip eqpt eq 设备 机台 机器 机械 装置 机组",
        "fail": "failure fault breakdown malfunction failed faulty 故障",
        "description": "desc descr dsc details detail 描述 说明 详情 情况 内容",
        "text": "txt",
        "name": "nm title 名称 名",
        "quantity": "qty quant amount amt count pcs 数量 数",
        "workorder": "wo workorders 工单 维修单 维修工单",
        "location": "loc place 位置 地点 场所",
        "workshop": "车间 厂房",
        "report": "reporting reported 报告 上报 提报 报修",
        "repair": "repaired repairing 维修 修理 检修",
        "start": "begin began begun started starting 开始 起始",
        "end": "finish finished ended ending complete completed completion 结束 完成 完工",
        "close": "closed closing closure 关闭",
        "create": "created creation creating 创建 建立",
        "detect": "detected detection 检出 发现",
        "find": "found",
        "person": "人 人员 者 员工",
        "technician": "mechanic fitter craftsman technicians",
        "supplier": "vendor 供应商 供货商 厂商",
        "customer": "client 客户 顾客",
        "cause": "reason 原因",
        "rootcause": "根本原因 根因",
        "action": "measure 措施 对策",
        "handle": "处理 处置 解决",
        "duration": "时长 历时 dur",
        "downtime": "standstill stoppage outage 停机 停线 停工",
        "minute": "min mins minutes 分钟 分",
        "hour": "h hr hrs hours 小时",
        "serialno": "serial sn 序列号 出厂编号",
        "lot": "batch charge 批次 批",
        "priority": "prio urgency 优先级 紧急程度",
        "status": "state 状态",
        "type": "kind category cat 类型 类别 种类 分类 型式",
        "part": "parts 零件 配件",
        "spare": "spares 备件 备品",
        "material": "mat 物料 材料 料",
        "labor": "labour",
        "manufacturer": "mfr mfg maker oem 制造商 生产厂家 厂家",
        "limit": "limits 限值 限",
        "unit": "uom 单位",
        "product": "产品 成品",
        "process": "过程",
        "function": "功能",
        "failuremode": "失效模式 故障模式",
        "potential": "潜在 潜在的",
        "step": "工序 工步",
        "actual": "act 实际",
        "functional": "func",
    }.items()
    for same in [*others.split(), word]
}
_HAN_WORDS = frozenset(
    w for w in (*_SAME, *_NEUTRAL) if _HAN.match(w)
) | frozenset(
    "现象 问题 异常 报警 级别 等级 严重度 频度 探测度 后果 影响 预防 控制 探测 建议 操作 作业 班次 检验"
    " 测量 测试 结果 判定 上限 下限 目标 标准 实测 值 父 子 上级 所属 部件 部位 系统 型号 规格 安装 投产"
    " 启用 投运 资产 功能 区域 产线 工厂 生产 订单 计划 合格 不良 报废 返工 投入 产出 消耗 装箱 发货 发运"
    " 出库 入库 收货 到货 承运 托盘 箱 容器 费用 成本 单价 金额 币种 记录 负责 执行 缺陷 备注 恢复 消除"
    " 确认 传感器 测点 参数 程序 配方 模具 工装 量具 刀具 工时 用量".split()
)  # fmt: skip
_PAIRS = {
    ("work", "order"): "workorder",
    ("root", "cause"): "rootcause",
    ("down", WHEN): "downtime",
    ("serial", ID): "serialno",
    ("fail", "mode"): "failuremode",
}
_LONGEST_HAN = max(map(len, _HAN_WORDS))
_GLUED = frozenset(
    w for w in _SAME if len(w) > 3 and w.isascii()
) | frozenset(
    "asset report order work problem component alarm event level plant area line planned shift person"
    " machine sensor value measured reading result inspection defect part product batch serial"
    " parent child position carrier shipment delivery ship container pallet severity effect mode"
    " operator good scrap reject rejected text short long message parameter".split()
)  # fmt: skip


@lru_cache(maxsize=20_000)
def header_words(header: str) -> frozenset[str]:
    """The words of a header in one form each, without neutral ones and what is in brackets.

    Empty where the header says no more than that something is a number or a date.
    """
    bare = _BRACKETS.sub(" ", header).strip() or header
    words = frozenset(word for word in _words(bare) if word not in _NEUTRAL)
    return words if words - {ID, WHEN} else frozenset()


@lru_cache(maxsize=20_000)
def parts_of(header: str) -> tuple[str, ...]:
    """The halves of a header in two languages: what is Han, what is not, what is in brackets."""
    inside = [found[1:-1].strip() for found in _BRACKETS.findall(header)]
    bare = _BRACKETS.sub(" ", header).strip()
    parts = [bare, *inside] if inside and bare else []
    if _HAN.search(header) and _LATIN.search(header):
        outside = bare or header
        parts += ["".join(_HAN.findall(outside)), _HAN.sub(" ", outside).strip(" /-_|·")]
    if re.fullmatch(r"[\w ]+(?:[.:][\w ]+)+", header):
        parts.append(re.split(r"[.:]", header)[-1].strip())  # `workorder.description`
    return tuple(dict.fromkeys(p for p in parts if len(p) > 1 and p != header))


def _words(header: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", header).replace("#", " no ")
    words: list[str] = []
    for run in _RUN.findall(_CAMEL.sub(" ", folded).casefold()):
        if _HAN.match(run):
            words += _cut_han(run)
            continue
        words += _cut_glued(run)
    formed: list[str] = []
    for word in map(_form, words):
        pair = _PAIRS.get((formed[-1], word)) if formed else None
        if pair:
            formed[-1] = pair
        else:
            formed.append(word)
    return iter(formed)


def _form(word: str) -> str:
    same = _SAME.get(word)
    if same is not None:
        return same
    for single in (word.removesuffix("s"), word.removesuffix("es")):
        if single in _SAME:
            return _SAME[single]
    stem = _stem(word)
    return _SAME.get(stem, stem)


def _stem(word: str) -> str:
    """A word without the ending that makes it several, a deed or something done."""
    for ending, least in (("ation", 5), ("ing", 4), ("ion", 4), ("ed", 4), ("es", 5), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word


def _cut_han(run: str) -> Iterator[str]:
    """Known words, the longest first; what stands between them is one word."""
    start, unknown = 0, ""
    while start < len(run):
        for length in range(min(_LONGEST_HAN, len(run) - start), 0, -1):
            word = run[start : start + length]
            if word in _HAN_WORDS:
                break
        else:
            unknown += run[start]
            start += 1
            continue
        if unknown:
            yield unknown
            unknown = ""
        yield word
        start += length
    if unknown:
        yield unknown


def _cut_glued(run: str) -> list[str]:
    """`failuredate` as two words, where both are known."""
    if run in _SAME or run in _GLUED or len(run) < 8:
        return [run]
    for at in range(3, len(run) - 2):
        first, second = run[:at], run[at:]
        if (first in _GLUED or first in _SAME) and (second in _GLUED or second in _SAME):
            return [first, second]
    return [run]
