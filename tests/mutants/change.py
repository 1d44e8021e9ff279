"""change.py SOURCE CHANGE RESULT: writes SOURCE to RESULT with the one change that CHANGE describes:
    a line "--- was", text that stands in SOURCE exactly once, a line "--- becomes", and the text to put there."""
import sys


def main():
    source, change, result = sys.argv[1:]
    text = open(source, encoding="utf-8").read()
    _, _, rest = open(change, encoding="utf-8").read().partition("--- was\n")
    was, mark, becomes = rest.partition("--- becomes\n")
    was, becomes = was.removesuffix("\n"), becomes.removesuffix("\n")
    if not was or not mark:
        sys.exit(f"{change}: no '--- was' and '--- becomes'")
    if text.count(was) != 1:
        sys.exit(f"{change}: stands {text.count(was)} times in {source}, not once: the source has changed, change the mutant too")
    with open(result, "w", encoding="utf-8") as out:
        out.write(text.replace(was, becomes))


main()
