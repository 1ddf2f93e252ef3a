"""What poplib says of a list of faulty servers, several at a time; see ../../fault_cases.py for the lines that it
reads and prints. Arguments: the timeout in milliseconds, threads."""

import concurrent.futures
import poplib
import sys

timeout, threads = int(sys.argv[1]) / 1000, int(sys.argv[2])


def read(port):
    """Reads every mail of a mailbox and deletes it; answers at which command it failed, and how."""
    stage = "connect"
    try:
        client = poplib.POP3("localhost", port, timeout=timeout)
        stage = "login"
        client.user("poplib@box.test")
        client.pass_("secret")
        stage = "stat"
        count, _ = client.stat()
        stage = "uidl"
        client.uidl()
        for number in range(1, count + 1):
            stage = "retr"
            client.retr(number)
            stage = "dele"
            client.dele(number)
        stage = "quit"
        client.quit()
        return "done: OK"
    except (OSError, ValueError, poplib.error_proto) as failure:
        family = type(failure)
        module = "poplib." if family is poplib.error_proto else ""
        return f"{stage}: {module}{family.__name__}: {failure}".replace(str(port), "P")


def case(line):
    name, port = line.split("\t")[:2]
    return name, " ".join(read(int(port)).split())


with concurrent.futures.ThreadPoolExecutor(threads) as pool:
    for each, said in pool.map(case, sys.stdin.readlines()):
        print(each, said, sep="\t")
