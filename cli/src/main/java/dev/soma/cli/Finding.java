package dev.soma.cli;

/// One thing that the doctor looked at. `advice` is empty when all is well.
record Finding(String name, String verdict, String detail, String advice) {
    static final String FINE = "ok";
    static final String NOTE = "note";
    static final String MISSING = "missing";

    static Finding fine(String name, String detail) {
        return new Finding(name, FINE, detail, "");
    }

    static Finding note(String name, String detail, String advice) {
        return new Finding(name, NOTE, detail, advice);
    }

    static Finding missing(String name, String detail, String advice) {
        return new Finding(name, MISSING, detail, advice);
    }
}
