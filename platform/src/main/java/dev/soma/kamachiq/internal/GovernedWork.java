package dev.soma.kamachiq.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.Turns;
import dev.soma.conversation.Turns.Caching;
import dev.soma.conversation.Turns.Delivery;
import dev.soma.conversation.Turns.OnDisconnect;
import dev.soma.conversation.Turns.Once;
import dev.soma.conversation.Turns.Past;
import dev.soma.conversation.Turns.Task;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.identity.Identities;
import dev.soma.kamachiq.agent.Rephrasing;
import dev.soma.kamachiq.agent.Tools;
import dev.soma.kamachiq.evidence.EffectKey;
import dev.soma.kamachiq.internal.ModelTurn.Outcome;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.ContentStore;
import dev.soma.kamachiq.work.Conversations;
import dev.soma.kamachiq.work.GovernedActivities;
import dev.soma.kamachiq.work.Heartbeat;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.Ruling;
import dev.soma.kamachiq.work.Payloads.RulingOrder;
import dev.soma.kamachiq.work.Payloads.Spent;
import dev.soma.kamachiq.work.Payloads.StepDone;
import dev.soma.kamachiq.work.Payloads.StepOrder;
import dev.soma.kamachiq.work.Payloads.Stop;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.Word;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Digest;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.TraceContext;
import dev.soma.kernel.UserId;
import dev.soma.kernel.Work;
import dev.soma.kernel.json.JsonValue;
import dev.soma.metering.ProjectBudgets;
import dev.soma.metering.ProjectBudgets.Account;
import io.temporal.failure.ApplicationErrorCategory;
import io.temporal.failure.ApplicationFailure;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/// [GovernedActivities] on the policy engine, the ledger and the conversation runtime of this
/// process. Thread-safe.
class GovernedWork implements GovernedActivities {
    private static final long MAX_OUTPUT_TOKENS = 8_192;
    private static final long MAX_WORDS_TOKENS = 160;
    private static final long MAX_READING_TOKENS = 2_048;
    private static final Duration ONE_STEP = Duration.ofSeconds(110);
    private static final double WHOLE = 10_000;

    /// Part of a budget that tasks may spend ([ProjectBudgets]).
    private static final double OF_TASKS = 0.9;
    private static final int KEPT_ANSWERS = 2;
    private static final String LEFT_OUT = "(left out to save money)";

    /// Names what agents are told and offered: another text is another effect.
    private static final String TOOLKIT = "agent.tools@1";

    private final Judge judge;
    private final ProjectBudgets budgets;
    private final Turns turns;
    private final Identities identities;
    private final ContentStore content;
    private final Conversations conversations;
    private final Vertx vertx;
    private final Marks marks;

    /// Names and times of requests.
    record Marks(Identifiers identifiers, InstantSource clock) {}

    GovernedWork(
            Judge judge,
            ProjectBudgets budgets,
            Turns turns,
            Identities identities,
            ContentStore content,
            Vertx vertx,
            Marks marks) {
        this.judge = judge;
        this.budgets = budgets;
        this.turns = turns;
        this.identities = identities;
        this.content = content;
        this.conversations = new Conversations(content);
        this.vertx = vertx;
        this.marks = marks;
    }

    /// The submitter, with what their credential could do then and they still may.
    private ActorContext actor(ProjectOrder order, String task) {
        TenantId tenant = new TenantId(order.tenant());
        UserId user = new UserId(order.by().user());
        Actor known =
                identities
                        .user(tenant, user)
                        .orElseThrow(
                                () ->
                                        ApplicationFailure.newNonRetryableFailure(
                                                "who handed the project in is no user any more",
                                                "Submitter"));
        Set<String> mine =
                order.by().capabilities().stream()
                        .filter(known::holds)
                        .collect(Collectors.toUnmodifiableSet());
        UUID fresh = marks.identifiers().next();
        return new ActorContext(
                        new Actor(tenant, user, Optional.of("project/" + order.project()), mine),
                        tenant,
                        fresh.toString(),
                        TraceContext.from(List.of(order.by().trace()), fresh),
                        marks.clock().instant().plus(ONE_STEP))
                .on(new Work(order.project(), task));
    }

    private ProjectSpec spec(ProjectOrder order) {
        byte[] bytes =
                content.get(order.spec())
                        .orElseThrow(
                                () ->
                                        ApplicationFailure.newNonRetryableFailure(
                                                "the specification is missing", "Missing"));
        return switch (SpecReader.read(bytes)) {
            case SpecReading.Read(ProjectSpec spec) -> spec;
            case SpecReading.Faulty faulty ->
                    throw ApplicationFailure.newNonRetryableFailure(
                            faulty.faults().getFirst().toString(), "Specification");
        };
    }

    @Override
    public Ruling evaluate(RulingOrder order) {
        try {
            return judge.rule(actor(order.project(), order.task()), order, spec(order.project()));
        } catch (InterruptedException e) {
            throw Heartbeat.interrupted();
        }
    }

    @Override
    public Ruling await(RulingOrder order, Ruling blocked) {
        return judge.changed(
                        actor(order.project(), order.task()), order, spec(order.project()), blocked)
                .orElseThrow(() -> still(blocked));
    }

    /// No fault, so nobody is alarmed.
    private static ApplicationFailure still(Ruling blocked) {
        return ApplicationFailure.newBuilder()
                .setMessage(blocked.detail())
                .setType("Blocked")
                .setCategory(ApplicationErrorCategory.BENIGN)
                .build();
    }

    @Override
    public StepDone step(StepOrder order) {
        ModelTurn turn =
                ModelTurn.begin(
                        vertx,
                        turns,
                        actor(order.order().project(), order.order().task().id()),
                        request(order));
        try (Heartbeat beat = Heartbeat.start()) {
            return done(order, ended(turn, beat));
        } catch (InterruptedException e) {
            throw Heartbeat.interrupted();
        }
    }

    /// A worker that stops leaves its turn alone: who comes after it finds the answer in the
    /// journal.
    private static Outcome ended(ModelTurn turn, Heartbeat beat) {
        try {
            return turn.outcome().get(ONE_STEP.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            turn.stop();
            throw ApplicationFailure.newFailure("the model took too long", "Slow");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a turn tells every end", e);
        } catch (InterruptedException e) {
            if (beat.isUnwanted()) {
                turn.stop();
            }
            throw Heartbeat.interrupted();
        }
    }

    private TurnRequest request(StepOrder order) {
        TaskOrder task = order.order();
        String key = key(order);
        var parameters = JsonValue.object().put("temperature", 0);
        long most =
                switch (order.form()) {
                    case TOOLS -> {
                        parameters.put("tools", Tools.definitions());
                        yield MAX_OUTPUT_TOKENS;
                    }
                    case WORDS -> MAX_WORDS_TOKENS;
                    case READING -> {
                        parameters.put("response_format", Rephrasing.form());
                        yield MAX_READING_TOKENS;
                    }
                };
        return new TurnRequest(
                Past.ALONE,
                model(task),
                told(order),
                OptionalLong.of(most),
                Task.chat(parameters.build()),
                new Delivery(true, Optional.empty(), OnDisconnect.CONTINUE, Optional.empty())
                        .as(Optional.of(new Once(key, key)), new Caching(false, 0)),
                Optional.of(task.approval()).filter(id -> !id.isEmpty()).map(UUID::fromString));
    }

    /// What tools answered is what grows; the last answers are what matters.
    private List<ChatMessage> told(StepOrder order) {
        List<ChatMessage> messages = conversations.get(order.conversation());
        if (order.brief()) {
            long answers = messages.stream().filter(GovernedWork::isAnswer).count();
            for (int i = 0; i < messages.size() && answers > KEPT_ANSWERS; i++) {
                ChatMessage message = messages.get(i);
                if (isAnswer(message)) {
                    messages.set(
                            i,
                            new ChatMessage(
                                    message.role(), LEFT_OUT, message.calls(), message.answers()));
                    answers--;
                }
            }
        }
        return messages;
    }

    private static boolean isAnswer(ChatMessage message) {
        return message.role().equals("tool");
    }

    /// Each call is judged before it is done; those after one that has to wait are not asked about.
    private List<Ruling> rulings(TaskOrder task, List<ToolCall> calls) throws InterruptedException {
        ActorContext actor = actor(task.project(), task.task().id());
        List<Ruling> rulings = new ArrayList<>();
        for (ToolCall call : calls) {
            Ruling ruling = judge.call(actor, call, task.approval());
            rulings.add(ruling);
            if (ruling.word() == Word.BLOCK) {
                break;
            }
        }
        return rulings;
    }

    private Spent spent(TaskOrder order) {
        List<Account> accounts =
                budgets.accounts(new TenantId(order.project().tenant()), order.project().project());
        long tokens = 0;
        int share = 0;
        for (Account account : accounts) {
            if (account.task().equals(order.task().id())) {
                tokens = account.settled();
            } else if (account.task().isEmpty() && account.limit() > 0) {
                share = (int) (account.settled() * WHOLE / (account.limit() * OF_TASKS));
            }
        }
        return new Spent(tokens, share);
    }

    private static String model(TaskOrder task) {
        return task.model().isEmpty() ? task.wording() : task.model();
    }

    /// The same step asked for again is the same turn, paid once.
    private static String key(StepOrder order) {
        TaskOrder task = order.order();
        return EffectKey.of(
                        task.project().tenant(),
                        task.project().project(),
                        task.task().id(),
                        task.effects(),
                        order.step(),
                        Digest.newSha256()
                                .digest((TOOLKIT + model(task)).getBytes(StandardCharsets.UTF_8)),
                        HexFormat.of().parseHex(order.conversation()))
                .hex();
    }

    private StepDone done(StepOrder order, Outcome outcome) throws InterruptedException {
        Spent spent = spent(order.order());
        return switch (outcome) {
            case Outcome.Answered(ChatMessage message) -> {
                List<ChatMessage> messages =
                        new ArrayList<>(conversations.get(order.conversation()));
                messages.add(message);
                yield new StepDone(
                        conversations.put(messages),
                        rulings(order.order(), message.calls()),
                        Stop.NONE,
                        spent);
            }
            case Outcome.Stopped(Stop stop) -> new StepDone("", List.of(), stop, spent);
            case Outcome.Again(String why) -> throw ApplicationFailure.newFailure(why, "Again");
        };
    }
}
