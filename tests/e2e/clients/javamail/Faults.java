import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.mail.Flags;
import javax.mail.Folder;
import javax.mail.Message;
import javax.mail.Session;
import javax.mail.Store;
import javax.mail.Transport;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeMessage;
import javax.net.ssl.SSLSocketFactory;

/**
 * What JavaMail says of a list of faulty servers, several at a time; see ../../fault_cases.py for the lines that it
 * reads and prints. Arguments: smtp or pop3, the CA's certificate, the timeout in milliseconds, threads.
 */
public final class Faults {
    private static final String SENDER = "a@163.com";
    private static final String RECIPIENT = "x@163.com";

    private final String timeout;
    private final SSLSocketFactory trusting;

    private Faults(Path authority, String timeout) throws Exception {
        this.trusting = Trust.in(authority);
        this.timeout = timeout;
    }

    public static void main(String[] arguments) throws Exception {
        Faults faults = new Faults(Path.of(arguments[1]), arguments[2]);
        boolean sends = arguments[0].equals("smtp");
        ExecutorService threads = Executors.newFixedThreadPool(Integer.parseInt(arguments[3]));
        List<Future<String>> results = new ArrayList<>();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t");
            results.add(threads.submit(() -> fields[0] + "\t" + (sends ? faults.send(fields) : faults.read(fields))));
        }
        for (Future<String> each : results) {
            System.out.write((each.get() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        System.out.flush();
        // A store that is not closed in good order keeps the thread of its write time-out.
        System.exit(0);
    }

    /** Connects, sends one mail and closes; answers at which of these it failed, and how. */
    private String send(String[] fields) {
        String stage = "connect";
        try {
            Session session = Session.getInstance(settings("mail.smtp.", fields));
            MimeMessage message = message(session, Integer.parseInt(fields[4]));
            try (Transport transport = session.getTransport("smtp")) {
                boolean logsIn = fields[3].equals("login");
                transport.connect("localhost", Integer.parseInt(fields[1]), logsIn ? "a" : null, logsIn ? "b" : null);
                stage = "send";
                transport.sendMessage(message, message.getAllRecipients());
                stage = "close";
                transport.close();
            }
            return "done: OK";
        } catch (Exception failure) {
            return stage + ": " + chain(failure, fields[1]);
        }
    }

    private static MimeMessage message(Session session, int size) throws Exception {
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(SENDER));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(RECIPIENT));
        message.setSubject("Order 17");
        message.setText("x".repeat(62).concat("\r\n").repeat(size / 64));
        message.saveChanges();
        return message;
    }

    /** Reads every mail of INBOX and deletes it. */
    private String read(String[] fields) {
        String stage = "connect";
        StringBuilder seen = new StringBuilder();
        try {
            Store store = Session.getInstance(settings("mail.pop3.", fields)).getStore("pop3");
            store.connect("localhost", Integer.parseInt(fields[1]), "javamail@box.test", "secret");
            stage = "open";
            Folder inbox = store.getFolder("INBOX");
            inbox.open(Folder.READ_WRITE);
            stage = "read";
            Message[] messages = inbox.getMessages();
            seen.append("n=").append(messages.length).append(' ');
            for (Message each : messages) {
                ByteArrayOutputStream octets = new ByteArrayOutputStream();
                each.writeTo(octets);
                seen.append("len=").append(octets.size()).append(' ');
                each.setFlag(Flags.Flag.DELETED, true);
            }
            stage = "close";
            inbox.close(true);
            store.close();
            return "done: " + seen + "OK";
        } catch (Exception failure) {
            return stage + ": " + seen + chain(failure, fields[1]);
        }
    }

    private Properties settings(String prefix, String[] fields) {
        Properties settings = new Properties();
        for (String each : List.of("connectiontimeout", "timeout", "writetimeout")) {
            settings.setProperty(prefix + each, timeout);
        }
        settings.setProperty(prefix + "auth", String.valueOf(fields[3].equals("login")));
        settings.setProperty(prefix + "ssl.checkserveridentity", "true");
        if (fields[2].equals("starttls")) {
            settings.setProperty(prefix + "starttls.enable", "true");
            settings.setProperty(prefix + "starttls.required", "true");
        } else if (fields[2].equals("tls")) {
            settings.setProperty(prefix + "ssl.enable", "true");
        }
        if (!fields[2].equals("plain")) {
            settings.put(prefix + "ssl.socketFactory", trusting);
        }
        return settings;
    }

    /** "Outermost: what it says ← Cause: what it says", without packages and nested texts, the port as P. */
    private static String chain(Throwable failure, String port) {
        StringBuilder text = new StringBuilder();
        for (Throwable each = failure; each != null; each = each.getCause()) {
            text.append(text.length() == 0 ? "" : " ← ").append(each.getClass().getSimpleName()).append(": ");
            String said = String.valueOf(each.getMessage()).split(";\n? *nested exception is", 2)[0];
            text.append(said.replaceAll("\\b(?:[a-z][a-z0-9]*\\.)+(?=[A-Z])", "").strip());
        }
        return text.toString().replaceAll("\\s+", " ").replace(port, "P").strip();
    }
}
