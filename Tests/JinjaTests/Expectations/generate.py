#!/usr/bin/env python3
"""Writes expectations.jsonl: what Jinja2 makes of the templates below.

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
VALUES = list(CONTEXT) + ["missing", "range(4)", "('a', 'b')", "1e16", "-0.0", "0.1 + 0.2", "2 ** 70"]
FILTERS = """abs batch(2)|list batch(2,'x')|list capitalize center(20) default('D') default('D',true)
dictsort dictsort(by='value') escape filesizeformat first float float(1) forceescape groupby('age')
indent indent(2,true) int int(5) int(0,16) items|list join join('-') join(', ',attribute='name') last
length list lower map('upper')|list map(attribute='name')|list max min max(attribute='age') pprint
reject|list rejectattr('age')|list replace('l','L',1) reverse|list round round(1) round(2,'floor')
round(-1) safe select|list select('odd')|list selectattr('age','gt',26)|list slice(2)|list sort
sort(reverse=true) sort(attribute='name') string striptags sum sum(attribute='age') title tojson
tojson(2) trim trim('dH') truncate(10) truncate(10,true) truncate(9,false,'..',0) unique|list upper
urlencode urlize wordcount wordwrap(10) xmlattr""".split()
METHODS = """upper() lower() title() capitalize() swapcase() casefold() strip() rstrip('d') split()
split(',') rsplit(None,1) rsplit('l',1) splitlines() partition(' ') rpartition('l') find('o') rfind('o')
count('l') startswith('He') endswith(('d','x')) replace('l','L') center(21,'*') ljust(14,'.') rjust(14)
zfill(15) isalpha() isdigit() isupper() istitle() isspace() removeprefix('He') keys()|list values()|list
items()|list get('x') get('q','none') copy() index(1) count(1)""".split()
TESTS = """defined undefined none string number integer float boolean mapping sequence iterable odd even
divisibleby(3) lower upper eq(42) lt(5) in([1,2,3]) sameas(none) true false escaped""".split()
OPERATORS = "+ - * / // % ** ~ == != < <= > >= in and or".split() + ["not in"]
FORMATS = """%s %d %5d| %-5d| %05d %+d %x %#x %o %e %.3e %f %.1f %10.2f| %g %.3g %r %5s| %.2s""".split()
SPECS = """{} {:>8} {:<8}| {:^9}| {:*^9} {:d} {:05d} {:+} {:,} {:x} {:#x} {:b} {:e} {:.2f} {:10.3f}
{:g} {:.3g} {:.1%} {!r} {:08.2f} {:,.2f}""".split()
TEMPLATES = [
    "{% for x in l %}{{ loop.index }}/{{ loop.length }}:{{ x }}{{ ',' if not loop.last }}{% else %}-{% endfor %}",
    "{% for x in l if x > 1 %}{{ loop.index }}{{ x }}{% endfor %}",
    "{% for x in e %}x{% else %}empty{% endfor %}",
    "{% for k, v in d|dictsort %}{{ k }}={{ v }};{% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in m %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x) }}{% endfor %}",
    "{% for n in tree recursive %}{{ n.v }}{{ loop.depth }}{% if n.c %}({{ loop(n.c) }}){% endif %}{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% set x = 1 %}{% for i in l %}{% set x = i %}{{ x }}{% endfor %}{{ x }}",
    "{% set ns = namespace(n=0) %}{% for i in l %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set x %}a{{ n }}{% endset %}[{{ x }}]",
    "{% set x|upper %}abc{% endset %}{{ x }}", "{% if false %}{% set x = 1 %}{% endif %}{{ x }}",
    "{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% macro m(a, b=2) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }}{{ m(1, 3, 4, c=5) }}",
    "{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(b=1, a=2) }}{{ m() }}",
    "{% macro m() %}[{{ caller(1) }}]{% endmacro %}{% call(x) m() %}{{ x }}{{ n }}{% endcall %}",
    "{% macro f(n) %}{{ n }}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}", "{% filter upper %}a{{ s }}{% endfilter %}",
    "{% raw %}{{ x }}{% endraw %}{# c #}", "{{ '{{' }}", "a\n{%- if yes -%}\n b \n{%- endif -%}\nc",
    "{% include 'inc' %}", "{% for x in l %}{% include 'loopinc' %}{% endfor %}",
    "{% include 'inc' without context %}", "{% include 'nope' ignore missing %}ok", "{% include 'nope' %}",
    "{% include ['nope', 'inc'] %}", "{% import 'lib' as lib %}{{ lib.m(1) }}{{ lib.c }}",
    "{% from 'lib' import m as k, c %}{{ k(2) }}{{ c }}", "{% from 'lib' import nope %}{{ nope }}",
    "{% from 'lib' import m with context %}{{ m(3) }}",
    "{% extends 'base' %}{% block a %}A{{ super() }}{% endblock %}", "{% extends 'base' %}",
    "{% extends 'mid' %}{% block a %}C{{ super() }}{% endblock %}", "{% block q %}{{ n }}{% endblock %}{{ self.q() }}",
    "{% autoescape true %}{{ html }}{% endautoescape %}{% autoescape false %}{{ html }}{% endautoescape %}",
    "{{ html ~ '<' }}|{{ html|safe ~ '<' }}|{{ ('<'|safe) + html }}", "{{ '%s'|safe|format(html) }}",
    "{% do l.append(4) %}{{ l }}", "{{ l.pop() }}{{ l }}", "{{ d.update(q=1) }}{{ d.q }}", "{{ 1 if no }}|",
    "{{ 1 < 2 < 3 }}{{ 3 > 2 > 2 }}", "{{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 7 // -2 }} {{ -7 % 3 }}",
    "{{ s[1:4] }}{{ s[::-1] }}{{ l[-1] }}{{ u[2] }}", "{{ 10 ** 30 }} {{ 2 ** 100 // 7 ** 20 }} {{ -(10 ** 20) % 7 }}",
    "{{ s.__class__ }}|{{ s.__class__.__mro__ }}", "{{ ''.join(['a', 1]) }}", "{{ range(10 ** 9) }}",
    "{{ foo() }}", "{{ missing.x }}", "{{ d.q }}|{{ d.q.r }}", "{{ n.x() }}", "{{ 1 / 0 }}", "{{ l + 1 }}",
    "{{ x y }}", "{% if %}{% endif %}", "{% for x in l %}", "{{ 'a", "{% endif %}", "{{ a|nope }}", "{{ a is nope }}",
    "{% if no %}{{ a|nope }}{% endif %}ok", "{% block a %}{% endblock %}{% block a %}{% endblock %}", "{% foo %}",
    "{{ joiner }}", "{% set j = joiner('-') %}{{ j() }}{{ j() }}", "{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.next() }}{{ c.current }}",
    "{{ dict(a=1, b=2) }}", "{{ '{:>5}|{x}'.format(n, x=s) }}", "{{ '{0.__class__.__mro__}'.format(s) }}",
]
LOADER = {
    "inc": "[{{ n }}]", "loopinc": "({{ x }}{{ loop }})", "lib": "{% macro m(x) %}<{{ x }}{{ n }}>{% endmacro %}{% set c = 7 %}",
    "base": "<{% block a %}base{% endblock %}|{% block b %}{% endblock %}>",
    "mid": "{% extends 'base' %}{% block a %}M{{ super() }}{% endblock %}",
}


def environment(options):
    kind = ImmutableSandboxedEnvironment if options.get("immutable") else SandboxedEnvironment
    return kind(
        autoescape=options.get("autoescape", False), trim_blocks=options.get("trim_blocks", False),
        lstrip_blocks=options.get("lstrip_blocks", False), undefined=KINDS[options.get("undefined", "default")],
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], loader=DictLoader(LOADER))


def cases():
    for value in VALUES:
        yield "{{ %s }}|{{ [%s] }}" % (value, value), {}
        yield "{%% if %s %%}true{%% endif %%}{%% for x in %s %%}{{ x }},{%% endfor %%}" % (value, value), {}
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
                if operator != "**" or (value, other) in {("n", "3"), ("g", "3"), ("neg", "g"), ("f", "g")}:
                    yield "{{ %s %s %s }}" % (value, operator, other), {}
    for value in ["n", "neg", "f", "g", "s", "big", "yes", "nil", "1e22", "1e-7", "l"]:
        for form in FORMATS:
            yield "{{ '%s' %% (%s,) }}" % (form, value), {}
        for form in SPECS:
            yield "{{ '%s'.format(%s) }}" % (form, value), {}
    for template in TEMPLATES:
        for options in [{}, {"autoescape": True}, {"undefined": "strict"}, {"undefined": "chainable"},
                        {"trim_blocks": True, "lstrip_blocks": True}, {"immutable": True}]:
            yield template, options
    for name in ["escape", "join", "replace('b','<')", "upper", "tojson", "title", "urlize", "xmlattr", "safe", "striptags"]:
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
