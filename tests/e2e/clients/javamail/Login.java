import java.nio.file.Path;
import java.util.Properties;
import javax.mail.Authenticator;
import javax.mail.Message;
import javax.mail.PasswordAuthentication;
import javax.mail.Session;
import javax.mail.Transport;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeMessage;

/** One mail by JavaMail, as the environment says; see ../../secure_clients.py. */
public final class Login {
    public static void main(String[] arguments) throws Exception {
        MimeMessage message = new MimeMessage(session(System.getenv("WAY")));
        message.setFrom(new InternetAddress(System.getenv("SENDER")));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(System.getenv("RECIPIENT")));
        message.setSubject("JavaMail");
        message.setText("Hello");
        Transport.send(message);
    }

    private static Session session(String way) throws Exception {
        Properties settings = new Properties();
        settings.setProperty("mail.smtp.host", System.getenv("HOST"));
        settings.setProperty("mail.smtp.port", System.getenv("PORT"));
        if (way.equals("default")) {
            return Session.getInstance(settings);
        }
        settings.setProperty("mail.smtp.auth", "true");
        if (way.equals("starttls") || way.equals("tls")) {
            boolean fromStart = way.equals("tls");
            settings.setProperty(fromStart ? "mail.smtp.ssl.enable" : "mail.smtp.starttls.required", "true");
            settings.setProperty("mail.smtp.ssl.checkserveridentity", "true");
            settings.put("mail.smtp.ssl.socketFactory", Trust.in(Path.of(System.getenv("CA"))));
        }
        return Session.getInstance(settings, new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(System.getenv("LOGIN"), System.getenv("PASSWORD"));
            }
        });
    }
}
