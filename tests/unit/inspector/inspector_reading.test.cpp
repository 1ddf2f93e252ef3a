// rig/worker_pool and rig/mail_reader.
#include "inspector_fixture.hpp"

#include <atomic>
#include <future>
#include <sys/resource.h>
#include <thread>

#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

struct pool_test : testing::Test {
  hand_played_loop loop;
  rig::worker_pool::post post = [this](std::function<void()> work) { loop.post(std::move(work)); };
};

using WorkerPool = pool_test;

TEST_F(WorkerPool, WorksOnItsThreadAndCompletesOnOurs) {
  rig::worker_pool pool(post);
  std::thread::id worked;
  std::thread::id completed;
  int nice_value = 0;
  ASSERT_TRUE(pool.submit([&]() -> rig::worker_pool::completion {
    worked = std::this_thread::get_id();
    nice_value = getpriority(PRIO_PROCESS, 0);
    return [&completed] { completed = std::this_thread::get_id(); };
  }));
  loop.run_until([&] { return completed != std::thread::id(); });
  EXPECT_EQ(completed, std::this_thread::get_id());
  EXPECT_NE(worked, completed);
  EXPECT_EQ(nice_value, std::max(10, getpriority(PRIO_PROCESS, 0)));
}

TEST_F(WorkerPool, TheQueueIsBounded) {
  rig::worker_pool pool(post, 2);
  std::promise<void> started;
  std::promise<void> released;
  int done = 0;
  const auto count = [&done] { ++done; };
  ASSERT_TRUE(pool.submit([&]() -> rig::worker_pool::completion {
    started.set_value();
    released.get_future().wait();
    return count;
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.submit([&] { return count; }));
  EXPECT_TRUE(pool.submit([&] { return count; }));
  EXPECT_FALSE(pool.submit([&] { return count; }));
  released.set_value();
  loop.run_until([&] { return done == 3; });
}

TEST_F(WorkerPool, StoppingEndsTheWorkAtHandAndDropsTheRest) {
  std::atomic<int> worked = 0;
  rig::worker_pool pool(post);
  std::promise<void> started;
  ASSERT_TRUE(pool.submit([&]() -> rig::worker_pool::completion {
    ++worked;
    started.set_value();
    return {};
  }));
  started.get_future().wait();
  pool.stop();
  EXPECT_EQ(worked, 1);
  EXPECT_FALSE(pool.submit([&]() -> rig::worker_pool::completion {
    ++worked;
    return {};
  }));
}

struct reader_test : testing::Test {
  hand_played_loop loop;
  rig::worker_pool::post post = [this](std::function<void()> work) { loop.post(std::move(work)); };
  world here{post};

  rig::mail_reader::view_ref read(rig::mail_reader& reader, const model::mail_ref& mail) {
    rig::mail_reader::view_ref read;
    reader.view(mail, [&read](rig::mail_reader::view_ref view) { read = std::move(view); });
    loop.run_until([&read] { return read != nullptr; });
    return read;
  }
};

using MailReader = reader_test;

TEST_F(MailReader, RequestsForOneMailShareOneParse) {
  const auto mail = here.make_mail("Subject: x\n\ny\n");
  std::vector<rig::mail_reader::view_ref> views;
  const auto keep = [&views](rig::mail_reader::view_ref view) { views.push_back(std::move(view)); };
  here.reader.view(mail, keep);
  here.reader.view(mail, keep);
  EXPECT_TRUE(views.empty());
  loop.run_until([&views] { return views.size() == 2; });
  here.reader.view(mail, keep);
  EXPECT_EQ(views.size(), 2U);  // never inside the call
  loop.run_until([&views] { return views.size() == 3; });
  EXPECT_EQ(views[0]->subject, "x");
  EXPECT_EQ(views[0], views[1]);
  EXPECT_EQ(views[0], views[2]);
  EXPECT_EQ(here.reader.parse_count(), 1U);
}

TEST_F(MailReader, TheLeastRecentlyUsedIsForgotten) {
  const std::string text = "Subject: x\n\n" + std::string(10'000, 'y') + "\n";
  rig::mail_reader reader(here.pool, post, 25'000);
  const auto first = here.make_mail(text);
  const auto second = here.make_mail(text);
  const auto third = here.make_mail(text);
  read(reader, first);
  read(reader, second);
  read(reader, first);
  EXPECT_EQ(reader.parse_count(), 2U);
  read(reader, third);
  EXPECT_LE(reader.octets_in_use(), 25'000U);
  EXPECT_GE(reader.octets_in_use(), 20'000U);
  read(reader, first);
  EXPECT_EQ(reader.parse_count(), 3U);
  read(reader, second);
  EXPECT_EQ(reader.parse_count(), 4U);
}

TEST_F(MailReader, AViewLargerThanTheCacheIsNotKept) {
  rig::mail_reader reader(here.pool, post, 1'000);
  const auto mail = here.make_mail("Subject: x\n\n" + std::string(5'000, 'y') + "\n");
  EXPECT_EQ(read(reader, mail)->subject, "x");
  EXPECT_EQ(reader.octets_in_use(), 0U);
}

TEST_F(MailReader, RemovedMailsAreForgotten) {
  const auto mail = here.put("Subject: x\n\ny\n");
  read(here.reader, mail);
  EXPECT_GT(here.reader.octets_in_use(), 0U);
  here.reader.forget(mail->id());
  EXPECT_EQ(here.reader.octets_in_use(), 0U);
}

TEST_F(MailReader, SummariesKeepTheOrder) {
  std::vector<model::mail_ref> mails;
  mails.reserve(100);
  for (int i = 0; i < 100; ++i)
    mails.push_back(here.make_mail("Subject: mail " + std::to_string(i) + "\n\nx\n"));
  std::optional<rig::mail_reader::summaries> made;
  here.reader.summarise(mails, [&made](auto summaries) { made = std::move(summaries); });
  loop.run_until([&made] { return made.has_value(); });
  ASSERT_EQ(made->size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ((*made)[i].subject, "mail " + std::to_string(i));
}

TEST_F(MailReader, NoMailsAreNoSummaries) {
  std::optional<rig::mail_reader::summaries> made;
  here.reader.summarise({}, [&made](auto summaries) { made = std::move(summaries); });
  loop.run_until([&made] { return made.has_value(); });
  EXPECT_TRUE(made->empty());
}

TEST_F(MailReader, AFullPoolIsSaid) {
  here.pool.stop();
  bool was_told = false;
  here.reader.view(here.make_mail("x"), [&was_told](const rig::mail_reader::view_ref& view) {
    was_told = view == nullptr;
  });
  loop.run_until([&was_told] { return was_told; });
  bool has_failed = false;
  here.reader.summarise({here.make_mail("x")},
                        [&has_failed](const auto& made) { has_failed = !made.has_value(); });
  loop.run_until([&has_failed] { return has_failed; });
}

}  // namespace
}  // namespace mailrig::inspector
