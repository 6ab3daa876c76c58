"""What a benchmark's companies are like."""

from collections import Counter
from itertools import pairwise

from apps.operations.domain import benchmark_plan
from apps.operations.domain.benchmark_plan import END, draw, sizes


def test_tasks_follow_zipfs_law_and_the_first_of_ten_thousand_has_a_fifth() -> None:
    found = sizes(companies=10_000, tasks=1_000_000)

    assert len(found) == 10_000
    assert 990_000 < sum(each.tasks for each in found) < 1_010_000
    assert (found[0].tasks, found[4_999].tasks, found[-1].tasks) == (208_371, 8, 3)
    assert all(one.tasks >= other.tasks for one, other in pairwise(found))


def test_every_company_has_a_task_however_few_there_are() -> None:
    assert [each.tasks for each in sizes(companies=3, tasks=3)] == [2, 1, 1]
    assert [each.slug for each in sizes(companies=2, tasks=2)] == ["bench-000001", "bench-000002"]


def test_a_companys_tasks_are_the_same_for_the_same_seed() -> None:
    (company,) = sizes(companies=1, tasks=50)

    assert list(draw(company, range(50), seed=1)) == list(draw(company, range(50), seed=1))
    assert list(draw(company, range(50), seed=1)) != list(draw(company, range(50), seed=2))


def test_numbers_count_within_each_project_and_people_and_projects_are_there() -> None:
    (company,) = sizes(companies=1, tasks=1_000)
    drawn = list(draw(company, range(1_000), seed=1))
    by_project = Counter(each.project for each in drawn)

    assert {(each.project, each.number) for each in drawn} == {
        (project, number + 1) for project in range(company.projects) for number in range(company.tasks_of(project))
    }
    assert all(by_project[project] == company.tasks_of(project) for project in range(company.projects))
    assert all(each.reporter < company.people and (each.assignee or 0) < company.people for each in drawn)
    assert all(each.created_at <= each.updated_at <= END for each in drawn)


def test_documents_are_about_as_many_as_is_said() -> None:
    (company,) = sizes(companies=1, tasks=10_000)
    comments = sum(len(each.comments) for each in draw(company, range(10_000), seed=1))

    assert abs(1 + comments / 10_000 - benchmark_plan.DOCUMENTS_PER_TASK) < 0.05
