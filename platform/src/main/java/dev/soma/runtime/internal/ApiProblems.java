package dev.soma.runtime.internal;

import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.transaction.TransactionException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/// The one place where the control plane turns failures into problem documents.
@RestControllerAdvice
@RunsIn(Role.API)
class ApiProblems {
    private static final Logger log = LoggerFactory.getLogger(ApiProblems.class);

    @ExceptionHandler
    ResponseEntity<byte[]> answer(Exception failure, HttpServletRequest request) {
        String requestId = Optional.ofNullable(request.getHeader("X-Request-Id")).orElse("none");
        Problem problem = problem(failure);
        if (problem.kind() == ProblemKind.INTERNAL_ERROR) {
            log.atError()
                    .setCause(failure)
                    .addKeyValue("request_id", requestId)
                    .log("a request of the control plane failed");
        }
        var answer =
                ResponseEntity.status(problem.kind().status())
                        .contentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (problem.kind().worthRetrying()) {
            answer.header("Retry-After", "1");
        }
        return answer.body(CanonicalJson.JCS.bytes(problem.document(requestId)));
    }

    private static Problem problem(Exception failure) {
        return switch (failure) {
            case ProblemException e -> e.problem();
            case DataIntegrityViolationException e ->
                    Problem.of(
                            ProblemKind.INVALID_REQUEST,
                            "The database cannot keep this data as it is.");
            case DataAccessException e ->
                    Problem.of(ProblemKind.ENGINE_UNAVAILABLE, "The database does not answer.");
            case TransactionException e ->
                    Problem.of(ProblemKind.ENGINE_UNAVAILABLE, "The database does not answer.");
            case ErrorResponse e ->
                    Problem.of(
                            kindOf(e.getStatusCode().value()),
                            "See the API description at /openapi.yaml.");
            case TypeMismatchException e ->
                    Problem.of(
                            ProblemKind.INVALID_REQUEST,
                            "A part of the path or the query is not of its type.");
            case HttpMessageNotReadableException e ->
                    Problem.of(ProblemKind.INVALID_REQUEST, "A body is needed.");
            default ->
                    Problem.of(
                            ProblemKind.INTERNAL_ERROR,
                            "The failure is logged under this request id.");
        };
    }

    private static ProblemKind kindOf(int status) {
        return switch (status) {
            case 404 -> ProblemKind.NOT_FOUND;
            case 405 -> ProblemKind.METHOD_NOT_ALLOWED;
            case 413 -> ProblemKind.BODY_TOO_LARGE;
            case 415, 406 -> ProblemKind.UNSUPPORTED_MEDIA_TYPE;
            case 503 -> ProblemKind.ENGINE_UNAVAILABLE;
            default -> status < 500 ? ProblemKind.INVALID_REQUEST : ProblemKind.INTERNAL_ERROR;
        };
    }
}
