package dev.soma.kamachiq.service;

/// Starts a service and asks it, within the sandbox. What it prints is compared outside.
final class Driver {
    /// Reads `{"arguments": [...], "steps": [...]}` and prints, for each request, the status, the
    /// type and the body as canonical JSON (RFC 8785, as far as the records here need it).
    static final String SOURCE =
            """
            import http.client, json, socket, subprocess, sys, time

            def free_port():
                with socket.socket() as probe:
                    probe.bind(('127.0.0.1', 0))
                    return probe.getsockname()[1]

            def start(program, arguments, port):
                service = subprocess.Popen(
                    [sys.executable, '-I', '-B', program, '--port', str(port)] + arguments,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                end = time.monotonic() + 7
                while time.monotonic() < end and service.poll() is None:
                    try:
                        socket.create_connection(('127.0.0.1', port), 1).close()
                        return service
                    except OSError:
                        time.sleep(0.01)
                print('the service does not answer')
                sys.exit(1)

            def stop(service):
                service.kill()
                service.wait()

            def canonical(body):
                return json.dumps(json.loads(body), sort_keys=True, separators=(',', ':'), ensure_ascii=False)

            def ask(port, step):
                connection = http.client.HTTPConnection('127.0.0.1', port, timeout=5)
                try:
                    body = step.get('body', '').encode()
                    headers = {'Content-Length': str(step.get('length', len(body)))}
                    connection.request(step['method'], step['path'], body or None, headers)
                    answer = connection.getresponse()
                    said = answer.read(2000000)
                    if said:
                        print(answer.status, answer.getheader('Content-Type'), canonical(said))
                    else:
                        print(answer.status, '-')
                except (OSError, ValueError, http.client.HTTPException) as error:
                    print('no answer:', type(error).__name__)
                finally:
                    connection.close()

            def main():
                sys.stdout.reconfigure(encoding='utf-8')
                program, plan = sys.argv[1], json.load(sys.stdin)
                port = free_port()
                service = start(program, plan['arguments'], port)
                for step in plan['steps']:
                    if 'restart' in step:
                        stop(service)
                        service = start(program, plan['arguments'], port)
                    else:
                        ask(port, step)
                stop(service)

            main()
            """;

    private Driver() {}
}
