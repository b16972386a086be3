#!/usr/bin/env python3
"""A Varlink client that knows nothing of berkeleyd but the address of its socket.

It asks what interfaces there are, reads their descriptions, and calls every method that they list,
rightly and wrongly. Each answer must have the shape that the description promises: no field missing,
none too many, each of its type. Written from varlink.org's text with Python's standard library
alone, so that what it proves does not rest on the code that it tries.

usage: varlink_client.py SOCKET [METHOD=ERROR]...

METHOD=ERROR: that method is to be answered with that error rather than with a reply. Prints what was
done; ends with 1 and the reason if anything is not as described.
"""

import json
import re
import socket
import sys

PATIENCE_S = 10

# What to call a method with where it takes anything. A method that is described and stands neither
# here nor needs no parameters fails the test: it would go untried.
PARAMETERS = {
    "org.varlink.service.GetInterfaceDescription": {"interface": "org.varlink.service"},
    "org.berkeleyd.Control.Watch": {"interval_ms": 60},
    "org.berkeleyd.Control.SetLogLevel": {"level": "notice"},
    "org.berkeleyd.Control.Invite": {"votes": True, "expires_s": 1},
    "org.berkeleyd.Control.Handover": {"node": "nobody"},
    "org.berkeleyd.Control.Promote": {"node": "nobody"},
    "org.berkeleyd.Control.Retire": {"node": "nobody"},
    # Only told: nothing moves.
    "org.berkeleyd.Control.SetTime": {"by_ns": 1000000, "way": "slew", "dry_run": True},
    # Nobody's key: nobody is put out.
    "org.berkeleyd.Control.Revoke": {
        "key": "berkeleyd-key-1:7j22GW1qydllCyAae2bYoO2th47SNtUaIhlLKpKJU7ZciEf-"
    },
}
STREAMS = {"org.berkeleyd.Control.Watch"}  # to be called with "more"


class Wrong(Exception):
    """Something is not as described."""


# ---- interface descriptions (varlink.org, "Interface Definition")

TOKEN = re.compile(
    r"\s+|#[^\n]*|(?P<token>->|\[\]|\[string\]|[():,?]"
    r"|[A-Za-z](?:-*[A-Za-z0-9])*(?:\.[A-Za-z0-9](?:-*[A-Za-z0-9])*)+|[A-Za-z][A-Za-z0-9_]*)"
)
PRIMITIVE = {"bool": bool, "int": int, "float": (int, float), "string": str, "object": dict}


class Description:
    """types, methods and errors by name: a struct is a dict, an enum a list, ..."""

    def __init__(self, text):
        self.tokens = self.split(text)
        self.types, self.methods, self.errors = {}, {}, {}
        self.expect("interface")
        self.name = self.take()
        while self.tokens:
            kind, name = self.take(), self.take()
            if kind == "type":
                self.types[name] = self.struct_or_enum()
            elif kind == "method":
                parameters = self.struct_or_enum()
                self.expect("->")
                self.methods[name] = (parameters, self.struct_or_enum())
            elif kind == "error":
                self.errors[name] = self.struct_or_enum()
            else:
                raise Wrong(f"{self.name}: {kind!r} begins no member of an interface")

    @staticmethod
    def split(text):
        tokens, at = [], 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                raise Wrong(f"not in Varlink's language: {text[at:at + 20]!r}")
            if match["token"]:
                tokens.append(match["token"])
            at = match.end()
        return tokens

    def take(self):
        if not self.tokens:
            raise Wrong("a description that ends too early")
        return self.tokens.pop(0)

    def expect(self, token):
        found = self.take()
        if found != token:
            raise Wrong(f"{found!r} where {token!r} should be")

    def struct_or_enum(self):
        self.expect("(")
        fields, names = {}, []
        if self.tokens[:1] == [")"]:
            self.take()
            return fields
        while True:
            name = self.take()
            if self.tokens[0] == ":":
                self.take()
                fields[name] = self.type()
            else:
                names.append(name)
            separator = self.take()
            if separator == ")":
                return names or fields
            if separator != ",":
                raise Wrong(f"{separator!r} after {name!r}")

    def type(self):
        if self.tokens[0] == "(":
            return self.struct_or_enum()
        token = self.take()
        if token in ("?", "[]", "[string]"):
            return (token, self.type())
        return token

    def check(self, value, wanted, where):
        """Raises unless `value` is of the type `wanted`."""
        if isinstance(wanted, dict):
            self.check_struct(value, wanted, where)
        elif isinstance(wanted, list):
            if value not in wanted:
                raise Wrong(f"{where} is {value!r}, none of {wanted}")
        elif isinstance(wanted, tuple):
            self.check_compound(value, wanted, where)
        elif wanted in PRIMITIVE:
            right = isinstance(value, PRIMITIVE[wanted])
            if not right or (isinstance(value, bool) and wanted != "bool"):
                raise Wrong(f"{where} is {value!r}, no {wanted}")
        elif wanted in self.types:
            self.check(value, self.types[wanted], where)
        else:
            raise Wrong(f"{where} is of a type {wanted} that is not described")

    def check_struct(self, value, fields, where):
        if not isinstance(value, dict):
            raise Wrong(f"{where} is {value!r}, no object")
        optional = {name for name, of in fields.items() if isinstance(of, tuple) and of[0] == "?"}
        missing = fields.keys() - optional - value.keys()
        strange = value.keys() - fields.keys()
        if missing or strange:
            raise Wrong(f"{where} lacks {sorted(missing)} and has {sorted(strange)} too many")
        for name, inner in value.items():
            self.check(inner, fields[name], f"{where}.{name}")

    def check_compound(self, value, wanted, where):
        kind, inner = wanted
        if kind == "?":
            if value is not None:
                self.check(value, inner, where)
        elif kind == "[]":
            if not isinstance(value, list):
                raise Wrong(f"{where} is {value!r}, no array")
            for i, element in enumerate(value):
                self.check(element, inner, f"{where}[{i}]")
        else:
            if not isinstance(value, dict):
                raise Wrong(f"{where} is {value!r}, no map")
            for key, element in value.items():
                self.check(element, inner, f"{where}[{key!r}]")


# ---- calls (varlink.org, "Method Call")


class Connection:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(path)
        self.buffer = b""

    def send(self, method, parameters, **flags):
        call = {"method": method, "parameters": parameters, **flags}
        self.socket.sendall(json.dumps(call).encode() + b"\0")

    def receive(self):
        while b"\0" not in self.buffer:
            piece = self.socket.recv(65536)
            if not piece:
                raise Wrong("the daemon closed the connection")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, parameters, **flags):
        self.send(method, parameters, **flags)
        return self.receive()


class Trial:
    def __init__(self, path, errors):
        self.path = path
        self.wanted_errors = errors
        self.connection = Connection(path)
        self.descriptions = {}
        self.called, self.replies, self.refusals = set(), 0, 0

    def introspect(self):
        info = self.connection.call("org.varlink.service.GetInfo", {})["parameters"]
        for name in info["interfaces"]:
            reply = self.connection.call(
                "org.varlink.service.GetInterfaceDescription", {"interface": name}
            )
            description = Description(reply["parameters"]["description"])
            if description.name != name:
                raise Wrong(f"{name} describes itself as {description.name}")
            self.descriptions[name] = description

    def check_error(self, answer, wanted, where):
        """An error must be one that its interface describes, with the parameters described."""
        error = answer.get("error")
        interface, _, name = (error or "").rpartition(".")
        if interface not in self.descriptions or name not in self.descriptions[interface].errors:
            raise Wrong(f"{where} is answered by {answer}, no error that is described")
        if wanted not in (name, None):
            raise Wrong(f"{where} is answered by {error}, not by {wanted}")
        description = self.descriptions[interface]
        description.check(answer.get("parameters", {}), description.errors[name], error)
        self.refusals += 1

    def call_rightly(self, description, method):
        full = f"{description.name}.{method}"
        takes, gives = description.methods[method]
        if takes and full not in PARAMETERS:
            raise Wrong(f"{full} takes {sorted(takes)}, and nobody told this test what to give it")
        parameters = PARAMETERS.get(full, {})
        description.check(parameters, takes, f"what is given to {full}")
        if full in STREAMS:
            return self.watch(description, full, parameters, gives)
        answer = self.connection.call(full, parameters)
        self.called.add(full)
        if full in self.wanted_errors:
            return self.check_error(answer, self.wanted_errors[full], full)
        if "error" in answer:
            raise Wrong(f"{full} is answered by {answer}")
        description.check(answer.get("parameters", {}), gives, full)
        self.replies += 1
        return None

    def watch(self, description, full, parameters, gives):
        stream = Connection(self.path)  # it ends only with its connection
        stream.send(full, parameters, more=True)
        for _ in range(3):
            answer = stream.receive()
            if "error" in answer or answer.get("continues") is not True:
                raise Wrong(f"{full} does not go on: {answer}")
            description.check(answer["parameters"], gives, full)
            self.replies += 1
        self.called.add(full)
        self.check_error(self.connection.call(full, parameters), "ExpectedMore", full)

    def call_wrongly(self, description, method):
        full = f"{description.name}.{method}"
        permitted = self.wanted_errors.get(full) != "PermissionDenied"
        wanted = "InvalidParameter" if permitted else "PermissionDenied"
        right = PARAMETERS.get(full, {})
        wrong = [{**right, "no_such_parameter": 1}]
        wrong += [{**right, name: [[]]} for name in description.methods[method][0]]
        for parameters in wrong:
            answer = self.connection.call(full, parameters, more=full in STREAMS)
            self.check_error(answer, wanted, f"{full} with {parameters}")

    def run(self):
        self.introspect()
        for description in self.descriptions.values():
            for method in description.methods:
                self.call_wrongly(description, method)
                self.call_rightly(description, method)
            self.check_error(
                self.connection.call(f"{description.name}.NoSuchMethod", {}), "MethodNotFound", ""
            )
        self.check_error(self.connection.call("org.example.None.X", {}), "InterfaceNotFound", "")
        # A call without an answer: the next answer is the next call's.
        self.connection.send("org.varlink.service.GetInfo", {}, oneway=True)
        self.check_error(self.connection.call("nonsense", {}), "InterfaceNotFound", "")


def main(words):
    if not words or words[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if words else 2
    trial = Trial(words[0], dict(word.split("=", 1) for word in words[1:]))
    try:
        trial.run()
    except (Wrong, OSError, ValueError, KeyError) as error:
        print(f"varlink_client: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(
        f"{len(trial.called)} methods of {len(trial.descriptions)} interfaces called: "
        f"{trial.replies} replies and {trial.refusals} errors, all as described: "
        + " ".join(sorted(name.rpartition(".")[2] for name in trial.called))
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
