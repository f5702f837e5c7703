#!/usr/bin/env python3
"""Writes expectations.jsonl: what Jinja2 makes of the templates below and in templates.jsonl.

Needs Jinja2 3.1.6 from PyPI. Run it in this folder after a change of the lists:

    python3 generate.py

Each line is {"template", "context", "options", "templates"} with "output" or "error".
"""
import json
import warnings

import jinja2
from jinja2 import ChainableUndefined, DictLoader, StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment

warnings.simplefilter("ignore")
assert jinja2.__version__ == "3.1.6", jinja2.__version__
EXTENSIONS = ["jinja2.ext.do", "jinja2.ext.loopcontrols"]
KINDS = {"default": Undefined, "strict": StrictUndefined, "chainable": ChainableUndefined}

CONTEXT = {
    "s": "Hello World", "t": "  pad  ded ", "u": "Grüße Σίσυφος ß 🎉", "e": "", "n": 42, "neg": -7,
    "z": 0, "f": 3.14159, "g": -2.5, "big": 12345678901234567890, "yes": True, "no": False,
    "nil": None, "l": [3, 1, 2], "m": ["b", "A", "c"], "d": {"x": 1, "y": "two", "z": [1, 2]},
    "users": [{"name": "Al", "age": 30}, {"name": "bo", "age": 25}, {"name": "Cy", "age": 30}],
    "html": "<b>&\"'</b>", "lines": "one\ntwo\n\nfour",
    "long": "The quick brown fox jumps over the lazy dog and runs-away quickly",
    "tree": [{"v": 1, "c": [{"v": 2, "c": []}]}, {"v": 3, "c": []}],
}
VALUES = list(CONTEXT) + [
    "missing", "range(4)", "('a', 'b')", "1e16", "-0.0", "0.1 + 0.2", "2 ** 70"]
FILTERS = """
abs batch(2)|list batch(2,'x')|list capitalize center(20) default('D') default('D',true)
dictsort dictsort(by='value') escape filesizeformat first float float(1) forceescape
groupby('age') indent indent(2,true) int int(5) int(0,16) items|list join join('-') join(',
',attribute='name') last length list lower map('upper')|list map(attribute='name')|list max min
max(attribute='age') pprint reject|list rejectattr('age')|list replace('l','L',1) reverse|list
round round(1) round(2,'floor') round(-1) safe select|list select('odd')|list
selectattr('age','gt',26)|list slice(2)|list sort sort(reverse=true) sort(attribute='name')
string striptags sum sum(attribute='age') title tojson tojson(2) trim trim('dH') truncate(10)
truncate(10,true) truncate(9,false,'..',0) unique|list upper urlencode urlize wordcount
wordwrap(10) xmlattr
""".split()
METHODS = """
upper() lower() title() capitalize() swapcase() casefold() strip() rstrip('d') split()
split(',') rsplit(None,1) rsplit('l',1) splitlines() partition(' ') rpartition('l') find('o')
rfind('o') count('l') startswith('He') endswith(('d','x')) replace('l','L') center(21,'*')
ljust(14,'.') rjust(14) zfill(15) isalpha() isdigit() isupper() istitle() isspace()
removeprefix('He') keys()|list values()|list items()|list get('x') get('q','none') copy()
index(1) count(1)
""".split()
TESTS = """
defined undefined none string number integer float boolean mapping sequence iterable odd even
divisibleby(3) lower upper eq(42) lt(5) in([1,2,3]) sameas(none) true false escaped
""".split()
POWERS = {("n", "3"), ("g", "3"), ("neg", "g"), ("f", "g")}
OPERATORS = "+ - * / // % ** ~ == != < <= > >= in and or".split() + ["not in"]
FORMATS = """
%s %d %5d| %-5d| %05d %+d %x %#x %o %e %.3e %f %.1f %10.2f| %g %.3g %r %5s| %.2s
""".split()
SPECS = """
{} {:>8} {:<8}| {:^9}| {:*^9} {:d} {:05d} {:+} {:,} {:x} {:#x} {:b} {:e} {:.2f} {:10.3f} {:g}
{:.3g} {:.1%} {!r} {:08.2f} {:,.2f}
""".split()
OPTIONS = [
    {}, {"autoescape": True}, {"undefined": "strict"}, {"undefined": "chainable"},
    {"trim_blocks": True, "lstrip_blocks": True}, {"immutable": True}]
ESCAPING = """
escape join replace('b','<') upper tojson title urlize xmlattr safe striptags
""".split()
TEMPLATES = [json.loads(line) for line in open("templates.jsonl", encoding="utf-8")]
LOADER = json.load(open("loader.json", encoding="utf-8"))



def environment(options):
    kind = ImmutableSandboxedEnvironment if options.get("immutable") else SandboxedEnvironment
    return kind(
        autoescape=options.get("autoescape", False), trim_blocks=options.get("trim_blocks", False),
        lstrip_blocks=options.get("lstrip_blocks", False),
        undefined=KINDS[options.get("undefined", "default")], extensions=EXTENSIONS,
        loader=DictLoader(LOADER))


def cases():
    for value in VALUES:
        yield "{{ %s }}|{{ [%s] }}" % (value, value), {}
        test = "{%% if %s %%}true{%% endif %%}" % value
        yield test + "{%% for x in %s %%}{{ x }},{%% endfor %%}" % value, {}
        for name in FILTERS:
            yield "{{ (%s)|%s }}" % (value, name), {}
        for name in TESTS:
            yield "{{ (%s) is %s }}" % (value, name), {}
    for value in ["s", "t", "u", "e", "l", "d", "n", "lines", "html|safe"]:
        for name in METHODS:
            yield "{{ (%s).%s }}" % (value, name), {}
    for value in ["n", "neg", "f", "g", "s", "l", "yes", "big", "missing"]:
        for other in ["n", "g", "s", "l", "3", "none", "big"]:
            for operator in OPERATORS:
                if operator != "**" or (value, other) in POWERS:
                    yield "{{ %s %s %s }}" % (value, operator, other), {}
    for value in ["n", "neg", "f", "g", "s", "big", "yes", "nil", "1e22", "1e-7", "l"]:
        for form in FORMATS:
            yield "{{ '%s' %% (%s,) }}" % (form, value), {}
        for form in SPECS:
            yield "{{ '%s'.format(%s) }}" % (form, value), {}
    for template in TEMPLATES:
        for options in OPTIONS:
            yield template, options
    for name in ESCAPING:
        for value in ["html", "html|safe", "m", "d", "u"]:
            yield "{{ %s|%s }}" % (value, name), {"autoescape": True}


def main():
    with open("context.json", "w", encoding="utf-8") as out:
        json.dump({"context": CONTEXT, "templates": LOADER}, out)
    with open("expectations.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for template, options in cases():
            case = {"template": template, "options": options}
            try:
                context = json.loads(json.dumps(CONTEXT))
                case["output"] = environment(options).from_string(template).render(context)
            except Exception as error:
                case["error"] = type(error).__name__
            if " at 0x" not in case.get("output", ""):
                out.write(json.dumps(case) + "\n")


if __name__ == "__main__":
    main()
