import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import javax.activation.DataHandler;
import javax.activation.FileDataSource;
import javax.mail.Message;
import javax.mail.MessagingException;
import javax.mail.Session;
import javax.mail.Transport;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMessage;
import javax.mail.internet.MimeMultipart;
import javax.mail.internet.MimeUtility;

/**
 * Sends one mail as the JavaMail tutorials do. The mail is described by a UTF-8 properties file (the argument):
 * kind, host, port, from, from_name, to, subject, charset, text or html, picture, attachment, attachment_name,
 * encode_name, thread.
 */
public final class Send {
    private final Properties mail;
    private final Session session;

    private Send(Properties mail) {
        this.mail = mail;
        Properties settings = new Properties();
        settings.setProperty("mail.transport.protocol", "smtp");
        settings.setProperty("mail.smtp.host", mail.getProperty("host"));
        settings.setProperty("mail.smtp.port", mail.getProperty("port"));
        session = Session.getInstance(settings);
        session.setDebug(true);
    }

    public static void main(String[] arguments) throws Exception {
        Properties mail = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(arguments[0]), StandardCharsets.UTF_8)) {
            mail.load(reader);
        }
        Send sender = new Send(mail);
        if (mail.containsKey("thread")) {
            sender.sendFromThread();
        } else {
            sender.send();
        }
    }

    private void sendFromThread() throws InterruptedException {
        Throwable[] failure = new Throwable[1];
        Thread thread = new Thread(this::sendUnchecked, mail.getProperty("thread"));
        thread.setUncaughtExceptionHandler((failed, cause) -> failure[0] = cause);
        thread.start();
        thread.join();
        if (failure[0] != null) {
            throw new IllegalStateException(failure[0]);
        }
    }

    private void sendUnchecked() {
        try {
            send();
        } catch (MessagingException | IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private void send() throws MessagingException, IOException {
        String charset = mail.getProperty("charset");
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(mail.getProperty("from"), mail.getProperty("from_name"), charset));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(mail.getProperty("to")));
        message.setSubject(mail.getProperty("subject"), charset);
        if (mail.containsKey("attachment")) {
            message.setContent(composite());
        } else {
            message.setText(mail.getProperty("text"), charset);
        }
        message.saveChanges();
        Transport transport = session.getTransport();
        transport.connect();
        transport.sendMessage(message, message.getAllRecipients());
        transport.close();
    }

    /** The tutorials' order: the attachment first, then the related part with the picture before its HTML. */
    private MimeMultipart composite() throws MessagingException, IOException {
        MimeMultipart mixed = new MimeMultipart("mixed");
        mixed.addBodyPart(attachment());
        MimeBodyPart content = new MimeBodyPart();
        content.setContent(pictureAndHtml());
        mixed.addBodyPart(content);
        return mixed;
    }

    private MimeBodyPart attachment() throws MessagingException, IOException {
        MimeBodyPart part = new MimeBodyPart();
        part.setDataHandler(new DataHandler(new FileDataSource(mail.getProperty("attachment"))));
        String name = mail.getProperty("attachment_name");
        part.setFileName(mail.containsKey("encode_name") ? MimeUtility.encodeText(name) : name);
        return part;
    }

    private MimeMultipart pictureAndHtml() throws MessagingException {
        MimeBodyPart picture = new MimeBodyPart();
        picture.setDataHandler(new DataHandler(new FileDataSource(mail.getProperty("picture"))));
        picture.setContentID("test.png");
        MimeBodyPart html = new MimeBodyPart();
        html.setContent(mail.getProperty("html"), "text/html;charset=" + mail.getProperty("charset"));
        MimeMultipart related = new MimeMultipart("related");
        related.addBodyPart(picture);
        related.addBodyPart(html);
        return related;
    }
}
