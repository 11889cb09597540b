package dev.soma.conversation.internal;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.regex.RegularExpression;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The form that a caller wants an answer to have (`response_format`): a JSON object, or JSON that
/// keeps a schema (2020-12). Schemas come from callers, so nothing that they name is fetched and
/// their patterns are matched in linear time (RE2).
final class OutputForm {
    private static final String FORMAT = "response_format";
    private static final int MAX_SCHEMA_BYTES = 32_768;
    private static final int MAX_TEXT = 262_144;
    private static final SchemaRegistry SCHEMAS =
            SchemaRegistry.withDefaultDialect(
                    SpecificationVersion.DRAFT_2020_12,
                    builder ->
                            builder.schemaCacheEnabled(false)
                                    .schemaLoader(
                                            loader ->
                                                    loader.fetchRemoteResources(false)
                                                            .block(
                                                                    iri ->
                                                                            !iri.toString()
                                                                                    .startsWith(
                                                                                            "https://json-schema.org/")))
                                    .schemaRegistryConfig(
                                            SchemaRegistryConfig.builder()
                                                    .regularExpressionFactory(OutputForm::linear)
                                                    .build()));

    private final Optional<Schema> schema;

    private OutputForm(Optional<Schema> schema) {
        this.schema = schema;
    }

    private static RegularExpression linear(String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        return text -> compiled.matcher(text).find();
    }

    /// Why a request's form cannot be kept; empty when it can, or there is none.
    static Optional<Problem> objection(JsonObject parameters) {
        Optional<JsonObject> format = parameters.object(FORMAT);
        if (format.isEmpty()) {
            return Optional.empty();
        }
        String type = format.get().text("type").orElse("");
        return switch (type) {
            case "text", "json_object" -> Optional.empty();
            case "json_schema" -> schemaObjection(format.get());
            default ->
                    Optional.of(
                            Problem.at(
                                    "/response_format/type",
                                    "'type' must be text, json_object or json_schema."));
        };
    }

    private static Optional<Problem> schemaObjection(JsonObject format) {
        String where = "/response_format/json_schema/schema";
        Optional<String> text = schemaText(format);
        if (text.isEmpty()) {
            return Optional.of(Problem.at(where, "'schema' is needed."));
        }
        if (text.get().length() > MAX_SCHEMA_BYTES) {
            return Optional.of(
                    Problem.at(where, "A schema may have %d bytes.".formatted(MAX_SCHEMA_BYTES)));
        }
        try {
            compile(text.get());
            return Optional.empty();
        } catch (SchemaException | PatternSyntaxException | IllegalArgumentException e) {
            return Optional.of(
                    Problem.at(where, "The schema cannot be used: it has to stand by itself."));
        }
    }

    private static Optional<String> schemaText(JsonObject format) {
        return format.object("json_schema")
                .flatMap(named -> named.object("schema"))
                .map(CanonicalJson.JCS::text);
    }

    private static Schema compile(String text) {
        Schema schema = SCHEMAS.getSchema(text, InputFormat.JSON);
        schema.initializeValidators();
        return schema;
    }

    /// False when any text will do.
    static boolean isAsked(JsonObject parameters) {
        return format(parameters).isPresent();
    }

    /// @param parameters without [#objection]
    /// @return empty when any text will do
    static Optional<OutputForm> of(JsonObject parameters) {
        return format(parameters)
                .map(format -> new OutputForm(schemaText(format).map(OutputForm::compile)));
    }

    private static Optional<JsonObject> format(JsonObject parameters) {
        return parameters
                .object(FORMAT)
                .filter(format -> !format.text("type").equals(Optional.of("text")));
    }

    /// Takes time in proportion to the schema and the text; not for event loops.
    boolean accepts(String text) {
        if (text.length() > MAX_TEXT) {
            return false;
        }
        try {
            JsonValue value = StrictJson.parse(text.getBytes(StandardCharsets.UTF_8));
            return schema.isEmpty()
                    ? value instanceof JsonObject
                    : schema.get().validate(text, InputFormat.JSON).isEmpty();
        } catch (MalformedJson | SchemaException | IllegalArgumentException e) {
            return false;
        }
    }
}
