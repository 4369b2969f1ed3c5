"""What is counted of ICDAR 2011's lines beside what every dataset is counted for."""

from pipelines.facts import Fact, label_fact

FACTS: tuple[Fact, ...] = (
    label_fact(
        "escaped_quotes",
        "transcriptions with an escaped quote",
        lambda label: r"\"" in label.raw,
    ),
)
