package dev.soma.kamachiq.gate;

/// The script that reads a program as Python's own syntax tree (`ast`), in the sandbox. It prints
/// `line TAB rule TAB detail` for each finding, then `documented TAB n TAB of`: the module, every
/// function and class, and a README that is more than a heading, each count once. Functions that
/// `http.server` calls are named like the method they answer.
final class StyleRules {
    static final String SCRIPT =
            """
            import ast, re, sys
            source = open(sys.argv[1], encoding='utf-8').read()
            tree = ast.parse(source)
            found = []
            for number, line in enumerate(source.split('\\n'), 1):
                if len(line) > 100:
                    found.append((number, 'line-length', '%d characters' % len(line)))
            imported, used = {}, set()
            things = [tree]
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    things.append(node)
                    if node.end_lineno - node.lineno > 60:
                        found.append((node.lineno, 'length', node.name))
                    shape = '[A-Z][A-Za-z0-9]*' if isinstance(node, ast.ClassDef) else '[a-z_][a-z0-9_]*|do_[A-Z]+'
                    if not re.fullmatch(shape, node.name):
                        found.append((node.lineno, 'naming', node.name))
                elif isinstance(node, ast.ExceptHandler) and node.type is None:
                    found.append((node.lineno, 'bare-except', ''))
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    if node.func.id in ('eval', 'exec', 'compile', '__import__'):
                        found.append((node.lineno, 'evaluates-text', node.func.id))
                elif isinstance(node, (ast.Import, ast.ImportFrom)):
                    for name in node.names:
                        imported[(name.asname or name.name).split('.')[0]] = node.lineno
                if isinstance(node, ast.Name):
                    used.add(node.id)
            for name, line in imported.items():
                if name not in used:
                    found.append((line, 'unused-import', name))
            for line, rule, detail in sorted(found):
                print(line, rule, detail, sep='\\t')
            documented = sum(1 for thing in things if ast.get_docstring(thing))
            if sys.argv[2]:
                things.append(None)
                try:
                    described = len(open(sys.argv[2], encoding='utf-8').read().split()) > 20
                except (OSError, UnicodeDecodeError):
                    described = False
                documented += described
                print('described', described, sep='\\t')
            print('documented', documented, len(things), sep='\\t')
            """;

    /// Prints the names of a file's tests, one on each line.
    static final String TEST_NAMES =
            """
            import ast, sys
            tree = ast.parse(open(sys.argv[1], encoding='utf-8').read())
            for thing in tree.body:
                if isinstance(thing, ast.ClassDef):
                    for test in thing.body:
                        if isinstance(test, ast.FunctionDef) and test.name.startswith('test'):
                            print(test.name)
            """;

    private StyleRules() {}
}
