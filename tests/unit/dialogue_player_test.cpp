// The player must fail where a dialogue and the server differ: a test that cannot fail shows
// nothing.
#include "tests/dialogues/direct_transport.hpp"
#include "tests/dialogues/expectation.hpp"
#include "tests/dialogues/reply_check.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mailrig::dialogue {
namespace {

std::string complaint_of(const std::string& text, feeding how = feeding::whole) {
  try {
    const script played = parse_script("test", text);
    direct_transport over(played, how);
    play(played, over);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(DialoguePlayer, ADialogueThatIsRightPasses) {
  EXPECT_EQ(complaint_of("S: 220 *\nC: QUIT\nS: 221 2.0.0 Bye\nS: <close>\n"), "");
}

TEST(DialoguePlayer, NamesTheLineThatWasNotMetBehindTheConversation) {
  EXPECT_EQ(complaint_of("S: 220 *\nC: NOOP\nS: 500 *\n"),
            "\nS: 220 mailrig ESMTP mailrig\nC: NOOP\\r\\n\nS: 250 2.0.0 Ok\n"
            "test.dialogue:3: expected '500 *': the server says something else");
}

TEST(DialoguePlayer, SeesWhatTheDialogueDoesNotSay) {
  EXPECT_NE(complaint_of("S: 220 *\nC: NOOP\n").find("says more than the dialogue"),
            std::string::npos);
  EXPECT_NE(complaint_of("S: 220 *\nS: 250 *\n").find("says nothing"), std::string::npos);
  EXPECT_NE(complaint_of("S: 220 *\nS: <close>\n").find("still open"), std::string::npos);
  EXPECT_NE(complaint_of("S: 220 *\nC: QUIT\nS: 221 *\nS: <reset>\n").find("another way"),
            std::string::npos);
  EXPECT_NE(complaint_of("S: 220 *\nC: QUIT\nS: 221 *\nS: <close abrupt>\n").find("another mode"),
            std::string::npos);
  EXPECT_NE(complaint_of("S: 220 *\nC: QUIT\nS: 221 *\nS: <nothing>\n").find("is closed"),
            std::string::npos);
  EXPECT_NE(complaint_of("S: 220 *\nM: messages 1\n").find("there are 0 messages"),
            std::string::npos);
  EXPECT_NE(complaint_of("S: 220 *\nM: session 1 helo=x\n").find("helo is '' instead of 'x'"),
            std::string::npos);
  EXPECT_NE(complaint_of("S: 220 *\nM: message 1 size=1\n").find("there is no message 1"),
            std::string::npos);
}

TEST(DialoguePlayer, TakesAsManyLinesAsFit) {
  const std::string hello = "S: 220 *\nC: EHLO c\n";
  EXPECT_EQ(complaint_of(hello + "S*: 250-*\nS: 250 *\n"), "");
  EXPECT_NE(complaint_of(hello + "S*: 251-*\nS: 250 *\n").find("something else"),
            std::string::npos);
  EXPECT_NE(complaint_of(hello + "S*: 250-*\n").find("more than the dialogue"), std::string::npos);
  EXPECT_NE(complaint_of(hello + "S*: 250*\n").find("says nothing"), std::string::npos);
  EXPECT_NE(complaint_of(hello + "S*: 250-*\nS: 251 *\n").find("something else"),
            std::string::npos);
}

TEST(DialoguePlayer, RefusesWhatIsNotInItsNotation) {
  for (const char* text :
       {"", "# only a comment\n", "X: what\n", "C0: x\n", "C*: x\n", "C: \\q\n", "C: <repeat 3\n",
        "S: <close x>\n", "clock: 5m\n", "clock: +5m\n", "server: sleep\n",
        "# fault: {}\nS: 220 *\n", "# fault: {\"point\": \"nowhere\"}\nS: 220 *\n",
        "# settings: no_such=1\nS: 220 *\n", "S: 220 *\nM: nothing 1\n",
        "S: 220 *\nM: session 1 colour=red\n"})
    EXPECT_NE(complaint_of(text), "") << text;
}

TEST(DialoguePlayer, WordsThatAreNamedMustBeTheSame) {
  captured_words words;
  EXPECT_TRUE(matches("250 {id} ok*", "250 abc ok indeed", words));
  EXPECT_TRUE(matches("{id}", "abc", words));
  EXPECT_FALSE(matches("{id}", "abd", words));
  EXPECT_FALSE(matches("250", "2500", words));
  EXPECT_FALSE(matches("250", "25", words));
}

TEST(DialoguePlayer, StuffsAndMakesBodiesOfTheSizeAskedFor) {
  EXPECT_EQ(stuff(".a\r\n..\r\nb.\r\n\n."), "..a\r\n...\r\nb.\r\n\n.");
  for (std::size_t size = 0; size < 500; ++size) EXPECT_EQ(make_body(size, 1).size(), size);
  EXPECT_EQ(make_body(1000, 1), make_body(1000, 1));
  EXPECT_NE(make_body(1000, 1), make_body(1000, 2));
}

TEST(ReplyCheck, FindsIllFormedLines) {
  EXPECT_EQ(find_malformed_line("220 x\r\n250-2.0.0 a\r\n250 2.0.0 b\r\n"), std::nullopt);
  EXPECT_EQ(find_malformed_line("250 " + std::string(506, 'x') + "\r\n"), std::nullopt);
  for (const std::string& output :
       {std::string("250 x"), std::string("250 x\n"), std::string("250\r\n"),
        std::string("25 x\r\n"), std::string("650 x\r\n"), std::string("2x0 x\r\n"),
        std::string("250_x\r\n"), std::string("250-x\r\n"), std::string("250-x\r\n251 y\r\n"),
        std::string("250 a\tb\r\n"), std::string("250 5.0.0 x\r\n"),
        "250 " + std::string(507, 'x') + "\r\n"})
    EXPECT_NE(find_malformed_line(output), std::nullopt) << output;
}

}  // namespace
}  // namespace mailrig::dialogue
