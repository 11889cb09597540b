package dev.soma.kamachiq.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/// `GET /v1/kamachiq/projects/{project}/stream`: what happens in a project, as it happens. Each
/// event has the happening's number as its id, so who was cut off goes on with `Last-Event-ID`.
@RestController
@RunsIn(Role.API)
class ProjectStream implements DisposableBean {
    /// Below the connections that the gateway has to a node, so that streams leave some for others.
    private static final int MOST_AT_ONCE = 32;

    private static final Duration LONGEST = Duration.ofMinutes(30);
    private static final long BETWEEN_LOOKS_MILLIS = 500;
    private static final int LOOKS_BETWEEN_BEATS = 30;

    private final Projects projects;
    private final ProjectDesk desk;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE);
    private final CountDownLatch stopped = new CountDownLatch(1);

    ProjectStream(Projects projects, ProjectDesk desk) {
        this.projects = projects;
        this.desk = desk;
    }

    @GetMapping(
            path = "/v1/kamachiq/projects/{project}/stream",
            produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter stream(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant,
            @RequestParam Optional<Long> after,
            @RequestHeader("last-event-id") Optional<Long> last) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:read", project);
        projects.requireKnown(actor.tenant(), project);
        if (!places.tryAcquire()) {
            throw Reply.refuse(
                    ProblemKind.OVERLOADED, "This node streams to as many as it can already.");
        }
        SseEmitter out = new SseEmitter(LONGEST.toMillis());
        long from = last.or(() -> after).orElse(-1L);
        Thread.startVirtualThread(() -> follow(out, actor.tenant(), project, from));
        return out;
    }

    private void follow(SseEmitter out, TenantId tenant, String project, long from) {
        try {
            tell(out, tenant, project, from);
            out.complete();
        } catch (IOException | IllegalStateException gone) {
            // Who listened is not there any more, or not for longer than is allowed.
            out.complete();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            out.complete();
        } catch (RuntimeException e) {
            out.completeWithError(e);
        } finally {
            places.release();
        }
    }

    private void tell(SseEmitter out, TenantId tenant, String project, long from)
            throws IOException, InterruptedException {
        long after = from;
        int quiet = 0;
        long end = System.nanoTime() + LONGEST.toNanos();
        while (System.nanoTime() < end) {
            // Asked for first: what happened before the end is told before it.
            Optional<String> verdict = projects.verdict(tenant, project);
            List<JsonObject> news = projects.happenings(tenant, project, after);
            for (JsonObject happening : news) {
                after = happening.integer("seq").orElse(after);
                out.send(
                        SseEmitter.event()
                                .id(Long.toString(after))
                                .name("happened")
                                .data(CanonicalJson.JCS.text(happening)));
            }
            if (news.isEmpty() && verdict.isPresent()) {
                out.send(SseEmitter.event().name("ended").data(ended(verdict.get())));
                return;
            }
            quiet = news.isEmpty() ? quiet + 1 : 0;
            if (quiet % LOOKS_BETWEEN_BEATS == LOOKS_BETWEEN_BEATS - 1) {
                out.send(SseEmitter.event().comment("still here"));
            }
            if (news.isEmpty() && stopped.await(BETWEEN_LOOKS_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
        }
    }

    private static String ended(String verdict) {
        return CanonicalJson.JCS.text(JsonValue.object().put("verdict", verdict).build());
    }

    @Override
    public void destroy() {
        stopped.countDown();
    }
}
