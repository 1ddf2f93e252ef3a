import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import javax.mail.Flags;
import javax.mail.Folder;
import javax.mail.Message;
import javax.mail.Session;
import javax.mail.Store;

/**
 * Fetches a mailbox with JavaMail's POP3 store: HOST PORT USER FOLDER keep|delete plain|starttls|tls CA.
 */
public final class Receive {
    private Receive() {
    }

    public static void main(String[] arguments) throws Exception {
        String host = arguments[0];
        Path into = Path.of(arguments[3]);
        boolean deletes = arguments[4].equals("delete");
        Properties settings = settings(host, arguments[1], arguments[5], arguments[6]);
        Store store = Session.getInstance(settings).getStore("pop3");
        store.connect(host, Integer.parseInt(arguments[1]), arguments[2], "secret");
        Folder inbox = store.getFolder("INBOX");
        inbox.open(Folder.READ_WRITE);
        for (Message each : inbox.getMessages()) {
            try (OutputStream out = Files.newOutputStream(
                    into.resolve(String.format("%03d", each.getMessageNumber())))) {
                each.writeTo(out);
            }
            each.setFlag(Flags.Flag.DELETED, deletes);
        }
        inbox.close(deletes);
        store.close();
    }

    private static Properties settings(String host, String port, String security, String ca) throws Exception {
        Properties settings = new Properties();
        settings.setProperty("mail.pop3.timeout", "30000");
        settings.setProperty("mail.pop3.connectiontimeout", "30000");
        settings.setProperty("mail.pop3.ssl.checkserveridentity", "true");
        if (security.equals("starttls")) {
            settings.setProperty("mail.pop3.starttls.enable", "true");
            settings.setProperty("mail.pop3.starttls.required", "true");
        } else if (security.equals("tls")) {
            settings.setProperty("mail.pop3.ssl.enable", "true");
        }
        if (!security.equals("plain")) {
            settings.put("mail.pop3.ssl.socketFactory", Trust.in(Path.of(ca)));
        }
        return settings;
    }
}
