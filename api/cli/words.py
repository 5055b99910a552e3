"""The fixed words of answers in both languages. What comes from the graph brings its own."""

from __future__ import annotations

from types import MappingProxyType

CHINESE = MappingProxyType(
    {
        "Key": "键",
        "Name": "名称",
        "Class": "类别",
        "Score": "得分",
        "Sure": "置信度",
        "Status": "状态",
        "Statement": "陈述",
        "Id": "标识",
        "Things": "事物",
        "Statements": "陈述",
        "Number": "数量",
        "Level": "层级",
        "What": "内容",
        "When": "时间",
        "By": "依据",
        "Facet": "要素",
        "Operations": "作业数",
        "Items": "件数",
        "Item": "对象",
        "Made": "生产时间",
        "Operation": "作业",
        "Defects": "缺陷",
        "Reached": "流向",
        "In common": "共同因素",
        "Cause": "原因",
        "Faulty": "故障概率",
        "Posterior": "后验概率",
        "exact": "精确",
        "approximate": "近似",
        "Check next": "下一步检查",
        "Inspect next": "下一步拆检",
        "Call for service": "请联系服务商",
        "expected cost": "预期费用",
        "without checks": "不再检查时",
        "Order of inspection": "拆检顺序",
        "Note": "说明",
        "Bad": "不良",
        "Units": "件数",
        "Left out": "未考虑",
        "Each factor on its own": "各因素单独比较",
        "odds ratio": "比值比",
        "corrected for all looked at": "按全部考察因素校正后",
        "for example": "例如",
        "No answer": "无法回答",
        "perhaps": "可能是",
        "not understood": "未能理解",
        "because": "因为",
        "possible cause:": "可能的原因：",
        "general knowledge": "一般知识",
        "check": "检查",
        "do": "措施",
        "done before": "以往处理",
        "parts": "备件",
        "tools": "工具",
        "safety": "安全",
        "in stock": "库存",
        "expected downtime": "预计停机",
        "Also open": "其他未结工单",
        "more, see --limit": "项未列出，见 --limit",
        "backward": "向前追溯（来源）",
        "forward": "向后追踪（去向）",
        "both": "双向追溯",
        "nothing is connected": "没有相连的内容",
        "nothing is known to have happened": "没有已知的事件",
        "undated": "无日期",
        "with parts": "含部件",
        "more": "后续",
        "more events": "个其他事件",
        "also called": "别名",
        "Read in": "来源文档",
        "Nothing was found for": "没有找到",
        "suggested": "待定",
        "accepted": "已采纳",
        "confirmed": "已确认",
        "rejected": "已否决",
        "man": "人",
        "machine": "机",
        "material": "料",
        "method": "法",
        "environment": "环",
        "measurement": "测",
    }
)


def word(text: str, language: str) -> str:
    """A fixed word in `language`; words that the table does not have stay English."""
    return CHINESE.get(text, text) if language == "zh" else text


def headings(texts: list[str], language: str) -> list[str]:
    """Several fixed words, such as the headings of a table."""
    return [word(text, language) for text in texts]
