"""Words of headers: which mean the same, which mean nothing, which turn the meaning.

They are words of any trade's headers, in English and Chinese, and of no single system.
"""

from __future__ import annotations

import re

ID, WHEN = "#", "@"  # what all numbers, ids and codes become, and all dates and times
_HAN = re.compile(r"[\u3400-\u9fff]")

# What the words of a line become, then the words.
_GROUPS = """
#: no nr nbr number num id ident identifier identification code key 编号 编码 代码
#: 号码 代号 号 码 单号 识别码
@: date time datetime timestamp dt ts on at when day 日期 时间 时刻 年月日 日
asset: machine equipment equip eqpt eq 设备 机台 机器 机械 装置 机组
fail: failure fault breakdown malfunction failed faulty 故障
description: desc descr dsc details detail 描述 说明 详情 情况 内容
text: txt
name: nm title 名称 名
quantity: qty quant amount amt count pcs 数量 数
workorder: wo workorders 工单 维修单 维修工单
location: loc place 位置 地点 场所
workshop: 车间 厂房
report: reporting reported 报告 上报 提报 报修
repair: repaired repairing 维修 修理 检修
start: begin began begun started starting 开始 起始
end: finish finished ended ending complete completed completion 结束 完成 完工
close: closed closing closure 关闭
create: created creation creating 创建 建立
detect: detected detection 检出 发现
find: found
person: 人 人员 者 员工
technician: mechanic fitter craftsman tech
supplier: vendor 供应商 供货商 厂商
customer: client 客户 顾客
cause: reason 原因
rootcause: 根本原因 根因
action: measure 措施 对策
handle: 处理 处置 解决
duration: 时长 历时 dur
downtime: standstill stoppage outage 停机 停线 停工
minute: mins minutes 分钟 分
hour: h hr hrs hours 小时
serialno: serial sn 序列号 出厂编号
lot: batch charge 批次 批
priority: prio urgency 优先级 紧急程度
status: state 状态
type: kind category cat 类型 类别 种类 分类 型式
part: parts 零件 配件
spare: spares 备件 备品
material: mat 物料 材料 料
labor: labour
manufacturer: mfr mfg maker oem 制造商 生产厂家 厂家
limit: limits 限值 限
unit: uom 单位
tolerance: tol 公差
minimum: min 最小
maximum: max 最大
specification: spec specs 规格
product: 产品 成品
process: 过程
function: 功能
failuremode: 失效模式 故障模式
potential: 潜在 潜在的
problem: issue trouble 问题
symptom: phenomenon 现象 症状
alarm: alert 报警 告警 警报
parent: superior father 父 父件 母件 上级
produced: output produce 产出
consumed: used consume input 消耗 投入 领用 耗用
defect: 缺陷
step: 工序 工步
actual: act 实际
functional: func
"""
_NEUTRAL = """
of the a an for in to and or is was this that its our per please enter optional mandatory
required observed col column fld field tbl attr attribute custom cf udf record current 的 之 发生
所 及 与 和 请 填写 必填 选填 可选 栏 项目 具体 相关 本次
"""
_TURNING = """
by not before after next last old new plan planned target expected customer supplier name
person limit average total rate 计划 上次 下次 预计 目标
"""
_HAN_WORDS = """
现象 问题 异常 报警 级别 等级 严重度 频度 探测度 后果 影响 预防 控制 探测 建议 操作 作业 班次
检验 测量 测试 结果 判定 上限 下限 目标 标准 实测 值 父 子 上级 所属 部件 部位 系统 型号 规格
安装 投产 启用 投运 资产 功能 区域 产线 工厂 生产 订单 计划 合格 不良 报废 返工 投入 产出 消耗
装箱 发货 发运 出库 入库 收货 到货 承运 托盘 箱 容器 费用 成本 单价 金额 币种 记录 负责 执行
缺陷 备注 恢复 消除 确认 传感器 测点 参数 程序 配方 模具 工装 量具 刀具 工时 用量
"""
_GLUED = """
asset report order work problem component alarm event level plant area line planned shift
person machine sensor value measured reading result inspection defect part product batch
serial parent child position carrier shipment delivery ship container pallet severity effect
mode operator good scrap reject rejected text short long message parameter
"""


def _groups() -> dict[str, str]:
    same: dict[str, str] = {}
    for line in _GROUPS.strip().splitlines():
        word, _, others = line.partition(": ")
        same |= dict.fromkeys((*others.split(), word), word)
    return same


SAME = _groups()  # the form that each word takes
NEUTRAL = frozenset(_NEUTRAL.split())  # say nothing
TURNING = frozenset(_TURNING.split())  # make another thing of what they stand by
# Words into which a run of Han is cut.
HAN_WORDS = frozenset(w for w in (*SAME, *NEUTRAL, *_HAN_WORDS.split()) if _HAN.match(w))
# Words that may be written together without a mark between them.
GLUED = frozenset(w for w in SAME if len(w) > 3 and w.isascii()) | frozenset(_GLUED.split())
MENDABLE = tuple(sorted(w for w in GLUED if len(w) > 5))  # words whose slips are mended
PAIRS = {
    ("work", "order"): "workorder",
    ("root", "cause"): "rootcause",
    ("down", WHEN): "downtime",
    ("serial", ID): "serialno",
    ("fail", "mode"): "failuremode",
}
