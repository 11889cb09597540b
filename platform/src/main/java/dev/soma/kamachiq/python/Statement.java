package dev.soma.kamachiq.python;

import dev.soma.kamachiq.python.Expression.Name;
import java.util.List;
import java.util.Optional;

/// A statement of Python 3 (docs.python.org/3/reference/simple_stmts.html), as far as programs of
/// the library need it.
public sealed interface Statement {
    /// `import a` or `from a import b`.
    ///
    /// @param module a name, or an attribute of one, as in `http.server`
    record Import(Expression module, List<Name> names) implements Statement {
        public Import {
            if (!(module instanceof Name || module instanceof Expression.Attribute)) {
                throw new IllegalArgumentException("a module has a name");
            }
            names = List.copyOf(names);
        }
    }

    record Assign(Expression target, Expression value) implements Statement {}

    /// `target += value`.
    record Increase(Expression target, Expression value) implements Statement {}

    record Do(Expression expression) implements Statement {}

    record Return(Expression value) implements Statement {}

    record Raise(Expression value) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {
        public Branch {
            body = List.copyOf(body);
        }
    }

    /// `if`, any number of `elif`, and an `else` that may be empty.
    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {
        public If {
            branches = List.copyOf(branches);
            otherwise = List.copyOf(otherwise);
        }
    }

    record While(Expression condition, List<Statement> body) implements Statement {
        public While {
            body = List.copyOf(body);
        }
    }

    record For(Name variable, Expression in, List<Statement> body) implements Statement {
        public For {
            body = List.copyOf(body);
        }
    }

    record Try(List<Statement> body, Name error, Name as, List<Statement> handler)
            implements Statement {
        public Try {
            body = List.copyOf(body);
            handler = List.copyOf(handler);
        }
    }

    /// `with value as name`.
    record With(Expression value, Name as, List<Statement> body) implements Statement {
        public With {
            body = List.copyOf(body);
        }
    }

    record Function(Name name, List<Name> parameters, String documentation, List<Statement> body)
            implements Statement {
        public Function {
            parameters = List.copyOf(parameters);
            body = List.copyOf(body);
        }
    }

    record ClassOf(Name name, Expression base, String documentation, List<Statement> body)
            implements Statement {
        public ClassOf {
            body = List.copyOf(body);
        }
    }

    /// A file.
    ///
    /// @param main what runs when the file is the program, at its end
    record Module(String documentation, List<Statement> body, Optional<Expression> main) {
        public Module {
            body = List.copyOf(body);
        }
    }
}
