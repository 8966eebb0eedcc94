/** Takes the update `planned` out of the handlers of a job, as they were before there was one. */
module.exports = (source) => {
  const without = source.replace(/setHandler\([\w.]*plannedUpdate,.*\);/, '');
  if (without === source) throw new Error('the handlers have no update to be left out');
  return without;
};
