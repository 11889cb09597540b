package dev.soma.kamachiq.requirement;

import dev.soma.kamachiq.calculator.Operation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Words and what they stand for.
final class Words {
    /// Words that ask for nothing by themselves. A noun or a verb is here only if every calculator
    /// does what it says.
    static final Set<String> NAMING_NOTHING =
            Set.copyOf(
                    List.of(
                            ("a an the this that these those it its which who and or but so as at by for from in into of"
                                            + " on onto to with within be is are was has have do does must shall should can could"
                                            + " will would may need needs needed want wants please i we us you user users they them"
                                            + " their our your create creates build builds write writes written make makes develop implement"
                                            + " produce deliver deliverable program programs tool tools application app script"
                                            + " software project small simple little complete working python python3 cli"
                                            + " command-line command terminal line calculator calculators calculate calculates"
                                            + " calculating calculation calculations compute computes evaluate evaluates evaluating"
                                            + " result results answer answers number numbers two given give gives when whenever if"
                                            + " then print prints printed printing output outputs show shows return returns support"
                                            + " supports supported supporting provide provides offer offers include includes"
                                            + " including handle handles handling accept accepts take takes read reads use uses"
                                            + " using operation operations operator operators arithmetic argument arguments input"
                                            + " each every all any also additionally too addition's basic four following exactly"
                                            + " correct correctly there here where be been like such run runs running called"
                                            + " named name only other way well nothing more than it's what between them both"
                                            + " standard library dependencies dependency without no not")
                                    .split(" ")));

    /// The same of services: every service of the library does what these say.
    static final Set<String> OF_SERVICES =
            Set.copyOf(
                    List.of(
                            ("a an the this that these those it its which who and or but so as at by for from in into of"
                                            + " on onto to with within be is are was has have do does must shall should can could"
                                            + " will would may need needs needed want wants please i we us you user users they them"
                                            + " their our your create creates build builds write writes written make makes develop"
                                            + " implement produce deliver deliverable program programs tool tools application app"
                                            + " script software project small simple little complete working python python3"
                                            + " keep keeps store stores manage manages record records field fields client clients"
                                            + " request requests answer answers answered answering response responses respond"
                                            + " responds return returns returned given give gives each every all any also too one"
                                            + " over via http json rest restful api service services server web endpoint endpoints"
                                            + " include includes including use uses using following such like only nothing more"
                                            + " than here there run runs running called named name standard library dependencies"
                                            + " dependency when if then id number numbers what how them kept stored")
                                    .split(" ")));

    /// Names that a program cannot have: its module would hide one of the standard library's.
    static final Set<String> TAKEN =
            Set.copyOf(
                    List.of(
                            ("operator decimal fractions numbers math cmath statistics random sys os io re ast json csv string"
                                            + " types typing test tests unittest calendar code token tokenize parser symbol copy"
                                            + " time datetime queue select signal socket struct subprocess tempfile threading"
                                            + " turtle uuid xml zipfile abc array enum errno functools gc glob hashlib heapq html"
                                            + " http inspect itertools locale logging mmap pathlib pickle platform pprint profile"
                                            + " shlex shutil site sqlite3 ssl stat textwrap trace traceback warnings weakref")
                                    .split(" ")));

    private Words() {}

    /// Words for operations, longer ones first where one begins another.
    static Map<String, Operation> operations() {
        Map<String, Operation> words = new LinkedHashMap<>();
        put(words, Operation.ADD, "addition additions adding adds plus sum sums");
        put(
                words,
                Operation.SUBTRACT,
                "subtraction subtractions subtracting subtracts subtract minus difference");
        put(
                words,
                Operation.MULTIPLY,
                "multiplication multiplications multiplying multiplies multiply times product");
        put(words, Operation.DIVIDE, "division divisions dividing divides divide quotient");
        put(words, Operation.MODULO, "modulo modulus mod remainder remainders");
        put(words, Operation.POWER, "power powers exponentiation exponents exponent");
        return words;
    }

    private static void put(Map<String, Operation> words, Operation operation, String names) {
        for (String name : names.split(" ")) {
            words.put(name, operation);
        }
    }
}
