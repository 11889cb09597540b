package dev.soma.kamachiq.work;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.kamachiq.agent.Briefing;
import dev.soma.kamachiq.agent.Rephrasing;
import dev.soma.kamachiq.agent.Toolbox;
import dev.soma.kamachiq.agent.Toolbox.SandboxUnavailable;
import dev.soma.kamachiq.agent.Toolbox.Target;
import dev.soma.kamachiq.calculator.Probes;
import dev.soma.kamachiq.gate.PythonReview.NotReviewed;
import dev.soma.kamachiq.gate.QualityScore;
import dev.soma.kamachiq.gate.Review;
import dev.soma.kamachiq.library.Product;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.SpecFault;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.Payloads.Agent;
import dev.soma.kamachiq.work.Payloads.Announcement;
import dev.soma.kamachiq.work.Payloads.CertificateOrder;
import dev.soma.kamachiq.work.Payloads.Fork;
import dev.soma.kamachiq.work.Payloads.Kept;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.Payloads.ProbeResult;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ReportOrder;
import dev.soma.kamachiq.work.Payloads.ReviewOrder;
import dev.soma.kamachiq.work.Payloads.ReviewResult;
import dev.soma.kamachiq.work.Payloads.Shown;
import dev.soma.kamachiq.work.Payloads.Stop;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import dev.soma.kamachiq.work.Payloads.ToolDone;
import dev.soma.kamachiq.work.Payloads.ToolOrder;
import dev.soma.kamachiq.work.Payloads.Understood;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// [ProjectActivities] with the library's capsules and the sandbox. Thread-safe; what they make
/// depends on their orders alone, so a second run makes the same.
public final class LibraryActivities implements ProjectActivities {
    private static final int SHOWN = 10;

    private final ContentStore content;
    private final Conversations conversations;
    private final Sandbox sandbox;
    private final Workspaces workspaces;
    private final Gate gate;
    private final Planning planning;
    private final Certificates certificates;
    private final Books books;

    /// @param workspaces folder for copies of work under review; the sandbox's users have to be
    /// able to pass through it
    public LibraryActivities(
            ContentStore content,
            Sandbox sandbox,
            Path workspaces,
            Certificates certificates,
            Planning planning,
            Books books) {
        this.content = content;
        this.conversations = new Conversations(content);
        this.sandbox = sandbox;
        this.workspaces = new Workspaces(workspaces, this::bytes);
        this.gate = new Gate(sandbox, this.workspaces);
        this.certificates = certificates;
        this.planning = planning;
        this.books = books;
    }

    private byte[] bytes(String digest) {
        return content.get(digest)
                .orElseThrow(
                        () ->
                                ApplicationFailure.newNonRetryableFailure(
                                        "the content store has not what " + digest + " stands for",
                                        "Missing"));
    }

    private SpecReading spec(ProjectOrder order) {
        return SpecReader.read(bytes(order.spec()));
    }

    private Deliverable deliverable(ProjectOrder order) {
        return deliverable(order.spec());
    }

    private Deliverable deliverable(String spec) {
        if (SpecReader.read(bytes(spec)) instanceof SpecReading.Read(ProjectSpec read)) {
            return Deliverable.of(read);
        }
        throw refused("the specification cannot be read");
    }

    private static ApplicationFailure refused(String why) {
        return ApplicationFailure.newNonRetryableFailure(why, "Refused");
    }

    @Override
    public Plan decompose(ProjectOrder order) {
        return switch (spec(order)) {
            case SpecReading.Faulty(List<SpecFault> faults) ->
                    Planning.impossible(faults.getFirst().toString());
            case SpecReading.Read(ProjectSpec spec) ->
                    planning.plan(
                            order.tenant(),
                            Deliverable.of(spec),
                            order.by().capabilities()::contains);
        };
    }

    @Override
    public String ask(ProjectOrder order) {
        return conversations.put(Rephrasing.question(deliverable(order).spec()));
    }

    @Override
    public Understood understand(ProjectOrder order, String conversation) {
        ProjectSpec spec = deliverable(order).spec();
        Rephrasing.Read read =
                Rephrasing.check(spec, conversations.get(conversation).getLast().text());
        if (!read.problem().isEmpty()) {
            return new Understood(read.problem(), "", "");
        }
        byte[] reworded = spec.reworded(read.title(), String.join("\n", read.sentences()));
        if (SpecReader.read(reworded) instanceof SpecReading.Faulty(List<SpecFault> faults)) {
            return new Understood(faults.getFirst().toString(), "", "");
        }
        return new Understood("", content.put(reworded), String.join(" ", read.sentences()));
    }

    @Override
    public List<Kept> inherit(ProjectOrder order) {
        Fork fork = order.fork();
        return new Inheritance(
                        deliverable(fork.spec()),
                        deliverable(order.spec()),
                        Reports.parsed(bytes(fork.report())))
                .kept(fork.anew());
    }

    private static Duty duty(Deliverable deliverable, TaskOrder order) {
        return deliverable
                .duty(order.task().id())
                .orElseThrow(() -> refused("no agent does " + order.task().id()));
    }

    /// A capsule does what the library knows, unless a model is to write it.
    @Override
    public Agent spawn(TaskOrder order) {
        Deliverable deliverable = deliverable(order.project());
        Duty duty = duty(deliverable, order);
        String persona = order.task().persona();
        boolean described = duty.document().filter(text -> !text.isEmpty()).isPresent();
        if (order.model().isEmpty() || described) {
            return new Agent(
                    persona,
                    deliverable.capsule(order.task().id()),
                    asked(order, deliverable, duty));
        }
        List<String> findings =
                order.feedback().isEmpty() ? List.of() : Reports.findings(bytes(order.feedback()));
        return new Agent(
                persona,
                "",
                conversations.put(
                        Briefing.of(
                                persona,
                                duty.outputs(),
                                deliverable.spec(),
                                deliverable.contract(duty),
                                deliverable.checks(duty),
                                findings)));
    }

    /// The words that a capsule leaves to a model, where one is named.
    ///
    /// @return digest of the question; empty for none
    private String asked(TaskOrder order, Deliverable deliverable, Duty duty) {
        return deliverable
                .introduced(duty)
                .filter(product -> !order.wording().isEmpty())
                .flatMap(Product::question)
                .map(question -> conversations.put(List.of(new ChatMessage("user", question))))
                .orElse("");
    }

    @Override
    public TaskResult runCapsule(TaskOrder order, Agent agent, String words) {
        Deliverable deliverable = deliverable(order.project());
        requirePinned(deliverable, order.task());
        Duty duty = duty(deliverable, order);
        Optional<Product.Words> said =
                deliverable
                        .introduced(duty)
                        .filter(product -> !agent.conversation().isEmpty())
                        .map(product -> said(words, product));
        Map<String, String> files = new TreeMap<>();
        for (String path : duty.outputs()) {
            String text =
                    deliverable
                            .made(order.task().id(), path, said.flatMap(Product.Words::text))
                            .orElseThrow(() -> refused("no capsule makes " + path));
            files.put(path, content.put(text.getBytes(StandardCharsets.UTF_8)));
        }
        return new TaskResult(
                files,
                List.of(),
                Stop.NONE,
                said.map(checked -> checked.text().isPresent() ? "taken" : checked.why())
                        .orElse(""),
                Payloads.Spent.NOTHING);
    }

    /// Another version of a capsule is another plan.
    private static void requirePinned(Deliverable deliverable, PlannedTask task) {
        if (!task.pin().isEmpty() && !task.pin().equals(deliverable.pin(task.id()))) {
            throw refused(
                    "the capsule makes something else of %s than when it was planned"
                            .formatted(task.id()));
        }
    }

    private Product.Words said(String words, Product product) {
        return words.isEmpty()
                ? Product.Words.refused("the model said nothing")
                : product.check(conversations.get(words).getLast().text());
    }

    @Override
    public ToolDone runTool(ToolOrder order) {
        Deliverable deliverable = deliverable(order.order().project());
        List<ChatMessage> messages = conversations.get(order.conversation());
        ToolCall call = Conversations.calls(messages).get(order.call());
        Duty duty = duty(deliverable, order.order());
        Map<String, String> seen = new TreeMap<>(duty.seen(order.order().inputs()));
        seen.putAll(order.files());
        Toolbox.Used used =
                order.forbidden().isEmpty()
                        ? use(call, seen, target(duty))
                        : Toolbox.Used.refused("the rules forbid this: " + order.forbidden());
        Map<String, String> files = new TreeMap<>(order.files());
        used.written().ifPresent(file -> files.put(file.path(), content.put(file.content())));
        messages.add(new ChatMessage("tool", used.answer(), List.of(), Optional.of(call.id())));
        String state = files + "\n" + call.name() + call.arguments() + "\n" + used.answer();
        return new ToolDone(
                conversations.put(messages),
                files,
                Digest.sha256Hex(state.getBytes(StandardCharsets.UTF_8)),
                used.finished());
    }

    private static Target target(Duty duty) {
        Component first = duty.components().getFirst();
        return new Target(duty.outputs(), first.program(), first.folder());
    }

    private Toolbox.Used use(ToolCall call, Map<String, String> files, Target target) {
        try (Workspaces.Copy copy = workspaces.open(files)) {
            return new Toolbox(sandbox, copy.path(), target).use(call);
        } catch (IOException e) {
            throw new UncheckedIOException("the disk does not give a workspace", e);
        } catch (SandboxUnavailable unavailable) {
            throw ApplicationFailure.newFailure(unavailable.getMessage(), "Sandbox");
        } catch (InterruptedException e) {
            throw Heartbeat.interrupted();
        }
    }

    @Override
    public ReviewResult evaluate(ReviewOrder order) {
        Deliverable deliverable = deliverable(order.project());
        try (Heartbeat beat = Heartbeat.start()) {
            Review review = review(deliverable, order);
            return new ReviewResult(
                    review.basisPoints(),
                    QualityScore.isApproved(
                            review.basisPoints(), deliverable.spec().qualityThreshold()),
                    content.put(Reports.of(review)),
                    review.defects().stream()
                            .limit(SHOWN)
                            .map(defect -> defect.rule() + ": " + defect.detail())
                            .toList());
        } catch (NotReviewed unavailable) {
            throw ApplicationFailure.newFailure(unavailable.getMessage(), "Sandbox");
        } catch (InterruptedException e) {
            throw Heartbeat.interrupted();
        }
    }

    private Review review(Deliverable deliverable, ReviewOrder order)
            throws NotReviewed, InterruptedException {
        boolean written = !order.model().isEmpty();
        if (order.task().isEmpty()) {
            return gate.review(deliverable.looks(order.files()), order.files(), written);
        }
        Duty duty =
                deliverable
                        .duty(order.task())
                        .orElseThrow(() -> refused("nobody reviews " + order.task()));
        if (duty.document().isPresent()) {
            String path = duty.outputs().getFirst();
            return Gate.document(
                    path,
                    duty.document().get(),
                    Optional.ofNullable(order.files().get(path)).map(this::bytes));
        }
        return gate.review(duty.looks(), order.files(), written);
    }

    @Override
    public List<String> drawProbes(CertificateOrder order, long seed, int count) {
        return Probes.draw(seed, count).stream()
                .map(text -> content.put(Probe.specification(order, text)))
                .toList();
    }

    @Override
    public Shown certify(CertificateOrder order, List<ProbeResult> results) {
        int passed = (int) results.stream().filter(ProbeResult::approved).count();
        Shown shown =
                new Shown(
                        order.model(),
                        passed,
                        results.size(),
                        content.put(Probe.report(order, results)));
        certificates.save(order.tenant(), shown);
        return shown;
    }

    @Override
    public void announce(Announcement announcement) {
        books.happened(announcement.project(), announcement.first(), announcement.happenings());
    }

    @Override
    public ProjectResult finish(ReportOrder order) {
        JsonObject report = Reports.of(order, spec(order.project()), books, this::bytes);
        String digest = content.put(CanonicalJson.JCS.bytes(report));
        books.ended(order.project(), order.verdict(), digest, report);
        return new ProjectResult(order.verdict(), digest, order.files(), order.reasons());
    }
}
