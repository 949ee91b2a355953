"""JUnit's XML: a test case per rule, a suite per family."""

from itertools import groupby
from xml.etree import ElementTree as ET

from agentkit.check import Report, Result


def render(report: Report) -> str:
    """The report as test results; what is evaluated only does not fail."""
    root = ET.Element("testsuites", name="agentkit check")
    ran = [result for result in report.results if result.outcome != "off"]
    for family, results in groupby(ran, key=lambda result: result.rule.family):
        _suite(root, family, list(results), report)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ET.Element, family: str, results: list[Result], report: Report) -> None:
    suite = ET.SubElement(root, "testsuite", name=family, tests=str(len(results)))
    failing = {found.finding for found in report.failing}
    counts = {"failures": 0, "errors": 0, "skipped": 0}
    for result in results:
        case = ET.SubElement(suite, "testcase", name=result.rule.id, classname=f"agentkit.{family}")
        bad = [f.finding for f in result.found if f.finding in failing]
        if result.crash:
            counts["errors"] += 1
            ET.SubElement(case, "error", message=_clean(result.crash))
        elif bad:
            counts["failures"] += 1
            places = [_clean(f"{f.path}:{f.line}: {f.message}") for f in bad]
            failure = ET.SubElement(case, "failure", message=result.rule.title)
            failure.text = "\n".join(places)
        elif result.outcome == "skipped":
            counts["skipped"] += 1
            ET.SubElement(case, "skipped", message="nothing here is what it is about")
    for name, count in counts.items():
        suite.set(name, str(count))


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(c if c.isprintable() or c in "\t\n" else "?" for c in text)
