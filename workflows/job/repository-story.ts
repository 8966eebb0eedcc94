/**
 * What a job in a repository does besides, loaded by such jobs only: every job evaluates what it imports once more, and
 * most have no repository.
 */
export const repositoryStory = () => import(/* webpackMode: "eager" */ './repository/index.ts');
